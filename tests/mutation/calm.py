"""For pytest while it tries changes: hypothesis says that an example fails, without looking for a smaller one or writing it down."""

from hypothesis import Phase, settings

settings.register_profile("mutation", database=None, derandomize=True, phases=(Phase.explicit, Phase.generate), deadline=None)
settings.load_profile("mutation")
