"""Two groups of traces -> what tells them apart: durations, where the time went, what happened, what they are."""

from traces.core.compare.comparison import Comparison, compare
from traces.core.compare.durations import Difference, difference_of, distribution_of
from traces.core.compare.profiles import Profile, profile_of, unread
from traces.core.compare.sentence import sentence_of
from traces.core.compare.vocabulary import Vocabulary

__all__ = [
    "Comparison",
    "Difference",
    "Profile",
    "Vocabulary",
    "compare",
    "difference_of",
    "distribution_of",
    "profile_of",
    "sentence_of",
    "unread",
]
