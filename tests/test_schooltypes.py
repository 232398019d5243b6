"""School types: names, mainstream, admission authority."""

import pytest

from placeplan.schooltypes import AdmissionAuthority, school_type, school_type_names

CONTRACT = (
    *("community", "voluntary_controlled", "voluntary_aided", "foundation", "academy", "free_school"),
    *("utc", "studio", "special", "special_academy", "pru", "ap_academy", "independent"),
)


@pytest.mark.parametrize("name", CONTRACT)
def test_every_short_name_of_the_contract_stands_for_itself(name: str) -> None:
    assert school_type(name).name == name
    assert name in school_type_names()


@pytest.mark.parametrize(
    ("official", "short", "mainstream", "authority"),
    [
        ("Community school", "community", True, AdmissionAuthority.LOCAL_AUTHORITY),
        ("VOLUNTARY CONTROLLED SCHOOL", "voluntary_controlled", True, AdmissionAuthority.LOCAL_AUTHORITY),
        ("Voluntary aided school", "voluntary_aided", True, AdmissionAuthority.GOVERNING_BODY),
        (" foundation  school ", "foundation", True, AdmissionAuthority.GOVERNING_BODY),
        ("Academy converter", "academy", True, AdmissionAuthority.TRUST),
        ("Academy sponsor led", "academy", True, AdmissionAuthority.TRUST),
        ("Free schools", "free_school", True, AdmissionAuthority.TRUST),
        ("City technology college", "academy", True, AdmissionAuthority.TRUST),
        ("Community special school", "special", False, AdmissionAuthority.LOCAL_AUTHORITY),
        ("Academy special converter", "special_academy", False, AdmissionAuthority.LOCAL_AUTHORITY),
        ("Pupil referral unit", "pru", False, AdmissionAuthority.LOCAL_AUTHORITY),
        ("Free schools alternative provision", "ap_academy", False, AdmissionAuthority.LOCAL_AUTHORITY),
        ("Other independent school", "independent", False, AdmissionAuthority.NONE),
        ("Free schools 16 to 19", "post_16", False, AdmissionAuthority.TRUST),
        ("Further education", "post_16", False, AdmissionAuthority.NONE),
        ("Local authority nursery school", "nursery", False, AdmissionAuthority.LOCAL_AUTHORITY),
        ("Children’s centre", "other", False, AdmissionAuthority.NONE),
    ],
)
def test_official_names(official: str, short: str, mainstream: bool, authority: AdmissionAuthority) -> None:
    found = school_type(official)
    assert (found.name, found.mainstream, found.admission_authority) == (short, mainstream, authority)


def test_an_unknown_type_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="did you mean academy converter"):
        school_type("Academy convertor")
