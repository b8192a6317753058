"""Values enter; what people in Slack read and press leaves, and what they answered comes back as values."""
