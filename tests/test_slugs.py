from vtour.slugs import id_from_name, slug_from_name


def test_ids_are_slugs():
    assert id_from_name("Sân trước (2)") == "san-truoc-2"


def test_names_without_latin_letters_get_ids_that_differ():
    first, second = id_from_name("前院"), id_from_name("后院")
    assert first.startswith("node-") and second.startswith("node-")
    assert first != second
    assert first == id_from_name("前院")
    assert slug_from_name("前院") == "site"
