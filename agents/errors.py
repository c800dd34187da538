"""What can go wrong, and whether trying again may help.

AdpError
|- UsageError           exit 2: the call, the project or its settings are unusable; nothing was changed
|- RetryableError       the same call may succeed later; never a reason to change code
|  `- WarehouseBusy     another process holds DuckDB's file lock
`- FinalError           trying again gives the same answer
   |- SandboxError      a candidate could not be judged
   |- RaceLost          the branch moved while a change was being prepared
   `- Tampered          frozen bytes are not what was proved
"""


class AdpError(Exception):
    """Base of every error raised on purpose; its text is a full sentence for a person."""

    exit_code = 1


class UsageError(AdpError):
    """The call, the project or its settings are unusable; nothing was changed."""

    exit_code = 2


class RetryableError(AdpError):
    """The same call may succeed later."""


class WarehouseBusy(RetryableError):
    """Another process holds the lock of the DuckDB file."""


class FinalError(AdpError):
    """Trying again gives the same answer."""


class SandboxError(FinalError):
    """A candidate could not be judged in the sandbox."""


class RaceLost(FinalError):
    """The branch moved while a change was being prepared."""


class Tampered(FinalError):
    """Frozen bytes are not what was proved."""
