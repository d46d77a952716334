"""Everything that is kept: recorder, timeline, minutes, archive plan and its sinks."""
