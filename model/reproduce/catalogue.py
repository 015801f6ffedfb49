"""The tables there are."""

from model.reproduce import neural, objectives, relaxing, sharing, telecommand

TABLES = {
    module.TABLE.name: module.TABLE
    for module in (neural, relaxing, sharing, objectives, telecommand)
}
