"""The rollout of a programme: catalogue, states, gates, audit log, acceptance, reports."""
