"""Learn to plan."""
