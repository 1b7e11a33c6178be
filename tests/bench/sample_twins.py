"""The twins of the sample queries: what each asks, said once more in SQL, and its answer's shape.

A twin is written from the meaning of its query, not from an answer. It reads the table
`records`: `line`, the whole record, and the fourteen fields, NULL where a record has `-`.
A comparison with NULL keeps no record, an aggregate passes over it, and as a group key
it makes a group of its own: SQL and the query language agree on all three.

Parameters stand in braces: {nat}, {vpc} and {eni} are SQL texts, {network} and {mask}
the subnet as integers. Where a query has a limit its twin has none: the whole answer
tells which of the rows that tie at the cut would do.
"""

from __future__ import annotations

from queries import FLOAT, INTEGER, TEXT, TIME, Column, Query

_SOURCE = Column("srcAddr", TEXT)
_DESTINATION = Column("dstAddr", TEXT)
_PAIR = (_SOURCE, _DESTINATION)
_TRANSFERRED = Column("bytesTransferred", INTEGER)

# An IPv4 address as an integer; NULL for an address of IPv6, which is in no IPv4 subnet.
_ADDRESS = r"""CASE WHEN regexp_full_match(srcaddr, '\d+\.\d+\.\d+\.\d+') THEN
    split_part(srcaddr, '.', 1)::BIGINT * 16777216 + split_part(srcaddr, '.', 2)::BIGINT * 65536
    + split_part(srcaddr, '.', 3)::BIGINT * 256 + split_part(srcaddr, '.', 4)::BIGINT END"""


def _nat_gateway(name: str, condition: str) -> Query:
    """The ten pairs of addresses with the most bytes of the records that meet `condition`."""
    sql = f"SELECT srcaddr, dstaddr, sum(bytes) FROM records WHERE {condition} GROUP BY ALL"
    return Query(name, sql, keys=_PAIR, values=(_TRANSFERRED,), order=2, top=10)


TWINS = (
    Query(
        "top-10-byte-transfers",
        "SELECT srcaddr, dstaddr, sum(bytes) FROM records GROUP BY srcaddr, dstaddr",
        keys=_PAIR,
        values=(_TRANSFERRED,),
        order=2,
        top=10,
    ),
    Query(
        "top-20-rejected-sources",
        "SELECT srcaddr, count(*) FROM records WHERE action = 'REJECT' GROUP BY srcaddr",
        keys=(_SOURCE,),
        values=(Column("numRejections", INTEGER),),
        order=1,
        top=20,
    ),
    Query(
        "byte-transfers-by-source-and-destination",
        """SELECT srcaddr, dstaddr, avg(bytes), min(bytes), max(bytes)
           FROM records GROUP BY srcaddr, dstaddr""",
        keys=_PAIR,
        values=(
            Column("avg(bytes)", FLOAT),
            Column("min(bytes)", INTEGER),
            Column("max(bytes)", INTEGER),
        ),
    ),
    Query(
        "udp-sources",
        "SELECT srcaddr, count(*) FROM records WHERE protocol = 17 GROUP BY srcaddr",
        keys=(_SOURCE,),
        values=(Column("count(*)", INTEGER),),
    ),
    Query(
        "top-15-packet-transfers",
        "SELECT srcaddr, dstaddr, sum(packets) FROM records GROUP BY srcaddr, dstaddr",
        keys=_PAIR,
        values=(Column("packetsTransferred", INTEGER),),
        order=2,
        top=15,
    ),
    Query(
        "top-15-byte-transfers-from-subnet",
        f"""SELECT dstaddr, sum(bytes) FROM records
            WHERE ({_ADDRESS}) & {{mask}} = {{network}} GROUP BY dstaddr""",
        keys=(_DESTINATION,),
        values=(_TRANSFERRED,),
        order=1,
        top=15,
    ),
    Query(
        "skipped-records-per-hour",
        """SELECT make_timestamp(start // 3600 * 3600 * 1000000) AS hour, count(*)
           FROM records WHERE log_status = 'SKIPDATA' GROUP BY hour""",
        keys=(Column("t", TIME),),
        values=(Column("count(*)", INTEGER),),
        order=0,
        ascending=True,
    ),
    # All records that may stand for their connection: the newest, and those which lack
    # part of the key, for they are nobody's duplicates.
    Query(
        "one-record-per-connection",
        """SELECT make_timestamp(start * 1000000),
                  srcaddr, dstaddr, srcport, dstport, protocol, bytes
           FROM records
           WHERE interface_id || '-all' = {eni} || '-all' AND interface_id = {eni}
           QUALIFY srcaddr IS NULL OR dstaddr IS NULL OR srcport IS NULL OR dstport IS NULL
               OR protocol IS NULL OR start = max(start) OVER (
                   PARTITION BY srcaddr, dstaddr, srcport, dstport, protocol)""",
        keys=(
            Column("@timestamp", TIME),
            *_PAIR,
            Column("srcPort", INTEGER),
            Column("dstPort", INTEGER),
            Column("protocol", INTEGER),
            Column("bytes", INTEGER),
        ),
        order=0,
        top=20,
        events=True,
    ),
    Query(
        "average-bytes-by-destination",
        "SELECT dstaddr, avg(bytes) FROM records GROUP BY dstaddr",
        keys=(_DESTINATION,),
        values=(Column("avg(bytes)", FLOAT),),
    ),
    Query(
        "average-and-maximum-bytes-by-destination",
        "SELECT dstaddr, avg(bytes), max(bytes) FROM records GROUP BY dstaddr",
        keys=(_DESTINATION,),
        values=(Column("avg(bytes)", FLOAT), Column("max(bytes)", INTEGER)),
    ),
    # The pattern asks for a blank behind the name: all up to the first one belongs to it.
    Query(
        "parse-network-interface",
        """SELECT CASE WHEN line LIKE '%eni-% %'
                  THEN split_part(substr(line, strpos(line, 'eni-')), ' ', 1) END, line
           FROM records""",
        keys=(Column("NetworkInterface", TEXT), Column("@message", TEXT)),
        order=1,
        events=True,
    ),
    _nat_gateway(
        "nat-gateway-top-senders",
        "contains(dstaddr, {nat}) AND contains(srcaddr, {vpc})",
    ),
    _nat_gateway(
        "nat-gateway-instance-traffic",
        """(contains(dstaddr, {nat}) AND contains(srcaddr, {vpc}))
           OR (contains(srcaddr, {nat}) AND contains(dstaddr, {vpc}))""",
    ),
    _nat_gateway(
        "nat-gateway-uploads",
        "contains(srcaddr, {nat}) AND NOT contains(dstaddr, {vpc})",
    ),
    _nat_gateway(
        "nat-gateway-downloads",
        "contains(dstaddr, {nat}) AND NOT contains(srcaddr, {vpc})",
    ),
)
