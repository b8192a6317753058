"""Where the outside comes in: thin doors that make a Request and hand it to a flow."""
