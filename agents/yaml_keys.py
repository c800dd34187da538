"""Keys that a YAML mapping gives twice, of which programs read the one or the other."""

import yaml


def given_twice(node: yaml.MappingNode) -> str | None:
    """The first such key by name; merges (`<<`) may stand more than once."""
    keys = [str(k.value) for k, _ in node.value if isinstance(k, yaml.ScalarNode) and k.value != "<<"]
    return min((k for k in keys if keys.count(k) > 1), default=None)
