"""Pictures of what people see in Slack, made of what the bot really posts."""
