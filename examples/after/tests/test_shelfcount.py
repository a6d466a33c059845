"""What a shelf promises, in one thread."""

import unittest
from decimal import Decimal

from shelfcount import Shelf  # type: ignore[import-not-found]  # built by this project


class ShelfTest(unittest.TestCase):
    """A new shelf for every test."""

    def setUp(self) -> None:
        """Put three items on the shelf."""
        self.shelf = Shelf()
        self.shelf.move("tea")
        self.shelf.move("rice", 40)
        self.shelf.move("salt", 2)

    def test_an_empty_shelf_has_nothing(self) -> None:
        """A new shelf has no units, no last and no largest item."""
        shelf = Shelf()
        self.assertEqual((shelf.units, shelf.last(), shelf.largest()), (0, None, None))

    def test_moves_add_up(self) -> None:
        """Units go on the shelf and off it again."""
        self.shelf.move("rice", -15)
        self.assertEqual((self.shelf.count("rice"), self.shelf.count("milk"), self.shelf.units), (25, 0, 28))

    def test_a_shelf_cannot_owe(self) -> None:
        """A move that takes more than there is changes nothing."""
        with self.assertRaisesRegex(ValueError, "cannot move -3 of 'salt': the shelf has 2"):
            self.shelf.move("salt", -3)
        self.assertEqual((self.shelf.count("salt"), self.shelf.units, self.shelf.last()), (2, 43, "salt"))

    def test_an_item_is_a_string(self) -> None:
        """Anything else is refused, a subclass of str too."""
        with self.assertRaises(TypeError):
            self.shelf.count(7)
        with self.assertRaises(TypeError):
            self.shelf.move(type("Name", (str,), {})("tea"))

    def test_discard_takes_all(self) -> None:
        """Discarding an item returns its units and leaves the others."""
        self.assertEqual(self.shelf.discard("rice"), 40)
        self.assertEqual((self.shelf.count("rice"), self.shelf.units), (0, 3))

    def test_the_journal_can_be_forgotten(self) -> None:
        """The last move is known until the journal is emptied; the stock stays."""
        self.assertEqual(self.shelf.last(), "salt")
        self.shelf.forget()
        self.assertEqual((self.shelf.last(), self.shelf.units), (None, 43))

    def test_the_largest_item(self) -> None:
        """The item with the most units is the largest."""
        self.assertEqual(self.shelf.largest(), "rice")

    def test_worth_is_exact(self) -> None:
        """All units are priced in decimal."""
        self.assertEqual(self.shelf.worth("0.10"), Decimal("4.30"))


if __name__ == "__main__":
    unittest.main()
