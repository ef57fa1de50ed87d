"""Make and keep examples: samplers, traces, shards. Generated files go to `runs/`, never in here."""
