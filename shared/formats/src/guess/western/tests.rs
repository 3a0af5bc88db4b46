use super::*;

fn in_1252(text: &[u8]) -> bool {
    Western::Windows1252.is_plausible(text)
}

#[test]
fn names_of_western_europe_are_plausible_in_windows_1252() {
    for text in [
        "José",
        "Müller",
        "Straße 7",
        "GRÖßER",
        "Éléonore",
        "François",
        "Peña",
        "Pääskynen",
        "Þórður Jónsson",
        "Sørensen",
        "it’s",
        "O’Neill, José",
        "l’été",
        "“quoted” – it’s",
        "12,50 €",
        "20°C",
        "nº 5",
        "m²",
        "à Paris",
        "Cœur",
        "Ångström",
        "Hafþór Sigþrúðarson",
        "Mañé y Ñúñez",
        "Ó hÉinniú",
        "3ºB, MªJosé",
        "N°de rue 5",
        "L’hospitalet",
        "D’amico",
        "N’diaye",
        "Prud’homme",
        "Grand’rue",
        "Niccolo’",
        "Paris–Lyon",
        "MüLLER",
        "CaféBar",
        "Á. García, bær á Höfðaströnd",
        "Ö",
        "¿Qué?",
        "«mot»",
    ] {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let places = implausible_places(&bytes);
        assert!(places.is_empty(), "{text}: {places:?}");
    }
}

#[test]
fn names_of_other_regions_are_not_plausible_in_windows_1252() {
    let (central, turkish) = (encoding_rs::WINDOWS_1250, encoding_rs::WINDOWS_1254);
    for (encoding, text) in [
        (central, "Dvořák"),
        (central, "Kateřina"),
        (central, "Zdeněk"),
        (central, "Růžička"),
        (central, "Michał"),
        (central, "Kaczyński"),
        (central, "Petrović"),
        (central, "Erdős"),
        (central, "Gyűrű"),
        (central, "Brăila"),
        (turkish, "Yıldız"),
        (turkish, "Şahin"),
        (turkish, "Ayşe"),
    ] {
        let (bytes, _, _) = encoding.encode(text);
        assert!(!in_1252(&bytes), "{text}");
    }
}

#[test]
fn names_in_mac_roman_are_not_plausible_in_windows_1252() {
    for text in [
        "José",
        "Müller",
        "Köln",
        "Peña",
        "García",
        "María",
        "Díaz",
        "López",
        "León",
        "Raúl",
        "Zoë",
        "Straße",
        "François",
        "Åsa",
        "Jesús",
        "Ángel",
        "Juan Álvarez",
    ] {
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let upper = Western::MacRoman.decode(&(0x80..=0xFF).collect::<Vec<u8>>());
        let byte = |character: char| match upper.iter().position(|&one| one == character) {
            Some(index) => 0x80 + u8::try_from(index).unwrap(),
            None => u8::try_from(character).unwrap(),
        };
        let mac: Vec<u8> = text.chars().map(byte).collect();
        assert!(!in_1252(&mac), "{text}");
        assert!(
            in_1252(&bytes) && Western::MacRoman.is_plausible(&mac),
            "{text}"
        );
    }
}

#[test]
fn names_in_the_code_page_of_dos_are_not_plausible_in_windows_1252() {
    for text in [
        "José",
        "Müller",
        "Köln",
        "Peña",
        "García",
        "María",
        "Zoë",
        "Straße",
        "François",
        "Åsa",
        "João",
        "Malmö",
        "Ärger",
        "Übel",
        "Álvarez",
        "Raúl",
        "Ivonne Mäder",
    ] {
        let byte = |character: char| match IBM850.chars().position(|one| one == character) {
            Some(index) => 0x80 + u8::try_from(index).unwrap(),
            None => u8::try_from(character).unwrap(),
        };
        let dos: Vec<u8> = text.chars().map(byte).collect();
        assert!(!in_1252(&dos), "{text}");
        assert!(Western::Ibm850.is_plausible(&dos), "{text}");
    }
}

#[test]
fn marks_belong_together_however_far_apart_they_are() {
    let text = "it was so ".repeat(100);
    for (open, close) in [("“", "”"), ("„", "“"), ("«", "»"), ("¿", "?")] {
        let text = format!("José: {open}a {text}end{close}");
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(&text);
        assert!(in_1252(&bytes), "{open}");
    }
}
