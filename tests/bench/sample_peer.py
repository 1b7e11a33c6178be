"""Answer the twins of all sample queries on DuckDB, each into a CSV file of its own."""

from __future__ import annotations

import argparse
import ipaddress
import json

import duckdb

from peer import FIELDS
from peer_duckdb import DIALECT, TYPES, text_list
from sample_twins import TWINS

# Values of the parameters under which every sample has an answer, if the logs have one at all.
VPC = r"""SELECT regexp_extract(srcaddr, '^\d+\.\d+\.') AS vpc FROM records
          WHERE srcaddr LIKE '%.%' AND action = 'ACCEPT' GROUP BY vpc ORDER BY count(*) DESC, vpc"""
# An address of the VPC that has records in all four directions: to and from, inside and outside.
NAT = """SELECT address FROM (
             SELECT srcaddr AS address, contains(dstaddr, {vpc}) AS inside, 'to' AS way FROM records
             UNION ALL
             SELECT dstaddr, contains(srcaddr, {vpc}), 'from' FROM records)
         WHERE contains(address, {vpc}) GROUP BY address
         ORDER BY count(DISTINCT (inside, way)) DESC, count(*) DESC, address"""
ENI = """SELECT interface_id FROM records WHERE srcaddr IS NOT NULL
         GROUP BY interface_id ORDER BY count(*) DESC, interface_id"""
# Not a multiple of eight, so that comparing the address as text would not do.
PREFIX_LENGTH = 22


def load(connection: duckdb.DuckDBPyConnection, logs: list[str]) -> None:
    """Make the table `records` of all lines but header lines; ends the program at a strange one."""
    source = f"read_csv({text_list(logs)}, delim='\x01', columns={{'line': 'VARCHAR'}}, {DIALECT})"
    connection.execute(
        f"""CREATE TEMP TABLE lines AS SELECT line, string_split(line, ' ') AS cells
            FROM {source} WHERE NOT starts_with(line, 'version ')"""
    )
    strange = connection.execute(
        f"SELECT line FROM lines WHERE len(cells) <> {len(FIELDS)} LIMIT 1"
    ).fetchone()
    if strange:
        raise SystemExit(f"not a record of the default format: {strange[0]}")
    fields = ", ".join(
        f"nullif(cells[{position}], '-')::{TYPES[kind]} AS {name}"
        for position, (name, kind) in enumerate(FIELDS.items(), start=1)
    )
    connection.execute(f"CREATE TEMP TABLE records AS SELECT line, {fields} FROM lines")


def pick(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Values of all parameters for these records."""

    def first(sql: str) -> str:
        found = connection.execute(f"{sql} LIMIT 1").fetchone()
        if found is None:
            raise SystemExit("the logs have no record with addresses of IPv4")
        return str(found[0])

    vpc = first(VPC)
    nat = first(NAT.format(vpc=literal(vpc)))
    subnet = ipaddress.ip_network(f"{nat}/{PREFIX_LENGTH}", strict=False)
    return {"nat": nat, "vpc": vpc, "subnet": str(subnet), "eni": first(ENI)}


def literal(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def sql_parameters(parameters: dict[str, str]) -> dict[str, str]:
    """What stands for the parameters in a twin."""
    subnet = ipaddress.IPv4Network(parameters["subnet"])
    texts = {name: literal(parameters[name]) for name in ("nat", "vpc", "eni")}
    return {**texts, "network": str(int(subnet.network_address)), "mask": str(int(subnet.netmask))}


def main() -> None:
    """Answer all twins; print the values of the parameters as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parameters", type=json.loads, help="JSON; found in the logs if absent")
    parser.add_argument("--output", required=True, help="a directory")
    parser.add_argument("logs", nargs="+")
    arguments = parser.parse_args()
    connection = duckdb.connect()
    load(connection, arguments.logs)
    parameters = arguments.parameters or pick(connection)
    for twin in TWINS:
        sql = twin.text.format(**sql_parameters(parameters))
        target = literal(f"{arguments.output}/{twin.name}.csv")
        connection.execute(f"COPY ({sql}) TO {target} (HEADER, NULLSTR '')")
    print(json.dumps(parameters))


if __name__ == "__main__":
    main()
