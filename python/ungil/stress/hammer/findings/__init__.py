"""What is said of a hunt: findings, judged as those of an audit are."""
