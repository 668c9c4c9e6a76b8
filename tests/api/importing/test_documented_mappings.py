"""The mappings in docs/importing.md, held against the headings of the public data sets whose layouts they follow; the rows are made up."""

from __future__ import annotations

import csv
import io
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ledger.events import FactReported
from tests.api.command_line import ask
from tests.api.importing.streams import entries, records
from tests.project_files import text_of

if TYPE_CHECKING:
    from pathlib import Path


def _examples() -> list[str]:
    return re.findall(
        r"^```toml\n(.*?)^```$", text_of(PurePosixPath("docs/importing.md")), re.MULTILINE | re.DOTALL
    )


_FATAL_ENCOUNTERS = """Unique ID|Name|Age|Gender|Race|Race with imputations|Imputation probability|URL of image (PLS NO HOTLINKS)
Date of injury resulting in death (month/day/year)|Location of injury (address)|Location of death (city)|State
Location of death (zip code)|Location of death (county)|Full Address|Latitude|Longitude|Agency or agencies involved
Highest level of force|UID Temporary|Name Temporary|Armed/Unarmed|Alleged weapon|Aggressive physical movement
Fleeing/Not fleeing|Description Temp|URL Temp|Brief description|Dispositions/Exclusions INTERNAL USE, NOT FOR ANALYSIS
Intended use of force (Developing)|Supporting document link|Foreknowledge of mental illness? INTERNAL USE, NOT FOR ANALYSIS||
Unique ID formula|Unique identifier (redundant)""".replace("\n", "|").split("|")
_ENCOUNTER = {
    "Unique ID": "9",
    "Name": "A person",
    "Age": "40",
    "Date of injury resulting in death (month/day/year)": "05/08/2021",
    " Date of injury resulting in death (month/day/year)": "05/08/2021",
    "Location of injury (address)": "1 Oak",
    "Location of death (city)": "Conway",
    "State": "AR",
    "Latitude": "35.1",
    "Longitude": "-92.4",
    "Name Temporary": "not to be kept",
}
_FATAL_SHOOTINGS = """id|date|threat_type|flee_status|armed_with|city|county|state|latitude|longitude|location_precision|name|age|gender
race|race_source|was_mental_illness_related|body_camera|agency_ids""".replace("\n", "|").split("|")
_SHOOTING = {
    "id": "3",
    "date": "2021-05-08",
    "armed_with": "gun;knife",
    "city": "Conway",
    "county": "Faulkner",
    "state": "AR",
    "latitude": "35.1",
    "longitude": "-92.4",
    "name": "A person",
    "race": "W;B",
    "gender": "--",
    "agency_ids": "7;8",
}


def _table(headings: list[str], row: dict[str, str]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([headings, [row.get(one, "") for one in headings]])
    return file.getvalue()


def test_the_mappings_of_the_documentation_take_tables_of_their_layouts(tmp_path: Path) -> None:
    path = tmp_path / "desk.ledger"
    explained, first, second = _examples()
    tables = (
        "case_number,subject,city,num_officers,date,street,longitude,latitude\n7,A person,Conway,2,05/08/2021,Oak,-92.4,35.1\n",
        _table(_FATAL_ENCOUNTERS, _ENCOUNTER),
        _table([f" {one}" if one.startswith("Date") else one for one in _FATAL_ENCOUNTERS], _ENCOUNTER),
        _table(_FATAL_SHOOTINGS, _SHOOTING),
    )
    assert (36, 19) == (len(_FATAL_ENCOUNTERS), len(_FATAL_SHOOTINGS))
    file = tmp_path / "mapping.toml"
    for mapping, table in zip((explained, first, first, second), tables, strict=True):
        file.write_text(mapping, "utf-8")
        answer = ask("import", "table", "-", "--mapping", file, "--ledger", path, stdin=table.encode())
        assert 0 == answer.code, answer.err
    acts = [one.body for one in entries(path)]
    stated = [one for one in acts if isinstance(one, FactReported) and one.fact in ("death", "shooting")]

    assert ["2021-05-08"] * 3 == [
        one.content.occurred.edtf for one in stated if one.content.occurred is not None
    ]
    assert ["35.1"] * 3 == [one.content.places[0].lat for one in stated]
    assert {
        "Name": "A person",
        "Age": "40",
        "date of injury": "05/08/2021",
        "address": "1 Oak",
        "city": "Conway",
        "State": "AR",
    } == records(path, dataset="fatal-encounters")["9"]
    values = [
        one.content.details.get("value")
        for one in acts
        if isinstance(one, FactReported)
        and one.content.details.get("name") in ("race", "armed_with", "gender")
    ]
    assert [["gun", "knife"], ["B", "W"]] == values
