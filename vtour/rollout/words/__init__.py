"""What the rollout says, in Vietnamese and English; ``say`` fills the words of a key."""
