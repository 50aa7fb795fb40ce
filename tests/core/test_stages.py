"""One table holds the order of the stages and the numbers of the random streams."""

from vesicle_abm.core import stages


def test_the_stages_stand_in_the_models_order():
    expected = "sense activate emit migrate dock release decay learn remember record"
    assert tuple(expected.split()) == stages.STAGES


def test_the_streams_of_a_vesicles_step_share_one_philox_block():
    streams = {stages.MIGRATE, stages.DOCK, stages.ABSORB, stages.CLEAR}
    assert len(streams) == 4
    assert {stream // 4 for stream in streams} == {0}


def test_every_stream_fits_the_address():
    assert all(0 <= number < 2**10 for number in stages.STREAM_NAMES.values())
