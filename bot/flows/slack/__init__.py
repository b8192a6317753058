"""What happens after somebody did something in Slack; what they may do, and what becomes of it, is the other flows'."""
