//! Names of people and places as they stand in short files, by language.

use super::encoders::Coding::{self, Page, Standard};
use encoding_rs as e;

use super::code_pages::{
    IBM437, IBM737, IBM775, IBM850, IBM852, IBM857, MAC_CENTRAL, MAC_CROATIAN, MAC_GREEK,
    MAC_TURKISH,
};

/// The names of one language.
pub(super) struct Names {
    pub(super) language: &'static str,
    /// A header line of three columns in the language.
    pub(super) header: &'static str,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) places: &'static str,
    /// The encodings in which files of the language come, beside those of Unicode.
    pub(super) codings: &'static [(&'static str, Coding)],
    /// Whether the family name comes first, without a blank.
    pub(super) is_joined: bool,
}

const WESTERN: &[(&str, Coding)] = &[
    ("Windows-1252", Standard(e::WINDOWS_1252)),
    ("ISO-8859-15", Standard(e::ISO_8859_15)),
    ("Mac Roman", Standard(e::MACINTOSH)),
    ("IBM850", Page(IBM850)),
    ("IBM437", Page(IBM437)),
];
const CENTRAL: &[(&str, Coding)] = &[
    ("Windows-1250", Standard(e::WINDOWS_1250)),
    ("ISO-8859-2", Standard(e::ISO_8859_2)),
    ("ISO-8859-16", Standard(e::ISO_8859_16)),
    ("IBM852", Page(IBM852)),
    ("Mac Central European", Page(MAC_CENTRAL)),
    ("Mac Croatian", Page(MAC_CROATIAN)),
];
const TURKISH: &[(&str, Coding)] = &[
    ("Windows-1254", Standard(e::WINDOWS_1254)),
    ("IBM857", Page(IBM857)),
    ("Mac Turkish", Page(MAC_TURKISH)),
];
const BALTIC: &[(&str, Coding)] = &[
    ("Windows-1257", Standard(e::WINDOWS_1257)),
    ("ISO-8859-13", Standard(e::ISO_8859_13)),
    ("ISO-8859-4", Standard(e::ISO_8859_4)),
    ("ISO-8859-10", Standard(e::ISO_8859_10)),
    ("IBM775", Page(IBM775)),
];
const CYRILLIC: &[(&str, Coding)] = &[
    ("Windows-1251", Standard(e::WINDOWS_1251)),
    ("KOI8-R", Standard(e::KOI8_R)),
    ("KOI8-U", Standard(e::KOI8_U)),
    ("IBM866", Standard(e::IBM866)),
    ("ISO-8859-5", Standard(e::ISO_8859_5)),
    ("Mac Cyrillic", Standard(e::X_MAC_CYRILLIC)),
];
const GREEK: &[(&str, Coding)] = &[
    ("Windows-1253", Standard(e::WINDOWS_1253)),
    ("ISO-8859-7", Standard(e::ISO_8859_7)),
    ("IBM737", Page(IBM737)),
    ("Mac Greek", Page(MAC_GREEK)),
];

pub(super) const ALL: &[Names] = &[
    Names {
        language: "German",
        header: "Kundennummer;Name;Straße",
        given: "Jürgen Jörg Günter Björn Käthe Bärbel Sören Zoë Götz Rüdiger Hänsel Ümit Anaïs René Günther \
                 Jörn Özlem Ännchen Kätchen Brünhild Sönke Gräfin Dörte",
        family: "Müller Schröder Groß Weiß Krüger Jäger Böhm Schäfer Köhler Höß Ärmel Öztürk Übel Strauß Löw \
                 Götze Vöß Büßer Mäder Kühn Schütz Böttcher Köster Förster Brückner Kräuter Voß Fuß Strößner \
                 Döring Möller Süß Schäuble Höfer Bär Ließ",
        places: "Köln München Düsseldorf Nürnberg Würzburg Straße Weißenfels Görlitz Zürich Österreich Lübeck \
                 Überlingen Gießen Fürth Bäk Röbel Tübingen Göttingen Saarbrücken Plön Münster Schwäbisch \
                 Füssen Thüringen Höxter Zörbig Groß-Gerau",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "French",
        header: "numéro;prénom;ville",
        given: "René Zoé François Hélène Jérôme Noël Anaïs Maël Éléonore Cécile Benoît Gaëlle Chloé Théo Agnès \
                 Solène Françoise Aimé Désiré Loïc Sébastien Frédéric Thérèse Maïté Valérie Hervé Stéphane \
                 Clément Joël Raphaël Adélaïde Gérard Timothée",
        family: "Lefèvre Béranger Lemaître Côté Gagné Brûlé Dupré Château Fauré Garçon Mérimée Crèvecœur Bézier \
                 Pélissier Hervé Forêt Guérin Besançon Leclère Évrard Desprès Renée Régnier Lévêque Bouché \
                 Sénéchal Gautière Hébert L’Hôte Mallarmé Fougère Tréville",
        places: "Besançon Nîmes Orléans Saint-Étienne Angoulême Béziers Évry Mâcon Alès Québec Montréal Genève \
                 Liège Cœur Sète Thônes Brême Pau-Bénac Châlons Pézenas Sélestat Hyères Ambérieu Châteauroux \
                 Nevers-Évêque Mézières Lunéville",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "Spanish",
        header: "código;nombre;dirección",
        given: "José María Jesús Ángel Raúl Andrés Inés Sofía Íñigo Begoña Óscar Álvaro Mónica Iván Lucía \
                 Adrián Núria Ramón Ñuño Lluís Héctor Rubén Martín Tomás Joaquín Concepción Nicolás Álex Úrsula \
                 Rocío Agustín Moisés Gastón Fermín",
        family: "Muñoz Peña García López Pérez Núñez Ibáñez Gómez Díaz Rodríguez Martínez Ordóñez Sáez Güell \
                 Zúñiga Cañas León Ávila Érez Mañé Jiménez Sánchez Giménez Vázquez Domínguez Méndez Bermúdez \
                 Castañeda Yáñez Piñeiro Galán Durán Acuña Cortés Solís",
        places: "España León Málaga Cádiz Córdoba Ávila Logroño Mérida Almería Bogotá México Perú Gijón Coruña \
                 Jaén Cáceres Alcalá Lérida Mazatlán Medellín Tucumán Asunción Ibagué Cúcuta Maracaibó Nariño",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "Portuguese",
        header: "número;nome;endereço",
        given: "João Inês Antônio Simão Tomé Fátima Estêvão Conceição Sebastião Luís Márcia Júlio Cauã Natália \
                 Sérgio Cláudia Vítor Mônica Patrícia Émerson Zélia Otávio",
        family: "Gonçalves Simões Magalhães Araújo Guimarães Conceição Brandão Falcão Mourão Sá Antunes Fração \
                 Assunção Corrêa Lourenço Távora Tomé Estêvão Leitão Camões",
        places: "São Paulo Brasília Évora Lisbôa Guimarães Belém Ceará Amapá Goiânia Florianópolis Açores \
                 Maranhão Piauí Pará Goiás Macapá Niterói Uberlândia Cuiabá Taubaté",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "Italian",
        header: "codice;nome;città",
        given: "Niccolò Mosè Noè Nicolò Cloè Maddalenà Josè Libertà Carità Giosuè",
        family: "Rossì Cantù Dalpiù Muscarà Forlì Nicolò Bertè Calì Cugnò Morè Palù Tassò Prà Viganò Bà",
        places: "Forlì Cantù Città Bardolino Santhià Cefalù Mondovì Agrò Viganò Cinisellò Palù Cirò Nardò",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "Nordic",
        header: "nr;navn;sted på kart",
        given: "Åsa Björn Søren Göran Märta Håkan Jørgen Bjørn Þórður Örn Sigrún Åke Väinö Päivi Jón Guðrún \
                 Øystein Pär Mårten Kåre Jörgen Sölve Þóra Ásta Kjell-Åke Bård Håvard Ása Rúnar Jóhann Mäjken \
                 Tønnes Märit Øyvind Rønnaug",
        family: "Ångström Sørensen Jørgensen Bäckström Hägg Åkerman Pääskynen Jónsdóttir Höök Lindström Mäkinen \
                 Nyström Ødegård Kjær Ström Björk Sjöberg Hämäläinen Nygård Grønlund Åström Løvås Sandström \
                 Bjørkman Östlund Wåhlin Kålund Söderberg Sæther Mäntylä",
        places: "Malmö Göteborg Örebro Tromsø Århus Jyväskylä Reykjavík Helsingør Ålesund Växjö Umeå Ystad \
                 Borås Bodø Älmhult Tórshavn Luleå Skövde Ålborg Hämeenlinna Ísafjörður Hønefoss Gävle Västerås \
                 Jönköping Røros Öland Kongsgård",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "Dutch",
        header: "nummer;naam;categorieën",
        given: "Zoë Daniël Chloë Loïs Jürgen Noëlle Michèle Raphaël Joël Renée Noëmi Raphaëlla",
        family: "Coppée Daniëls Hermès Veldhuÿzen Moriën Citroën Beljaënne Lefébure Düthler Michiëls Poësie",
        places: "België Curaçao Coöperatie Geëngste Oranjezoë Zeeuwsch-Vlaänderen Lomé Beëindigd Moëns Zaïre",
        codings: WESTERN,
        is_joined: false,
    },
    Names {
        language: "Czech",
        header: "číslo;jméno;město",
        given: "Jiří Tomáš Zdeněk Věra Kateřina Růžena Ondřej Lukáš Božena Šárka Žofie Matěj Anežka Václav \
                 Jiřina Aleš Čeněk Radoš Eliška Nikol Štěpán Jaroslav-Řehoř Miloš Denisa-Žaneta Hynek-Ťuhý \
                 Blažej Přemysl Květa Ludvík Vojtěch Zuzana-Anděla Drahomíra",
        family: "Dvořák Novák Svoboda Černý Růžička Vaněk Kučera Procházka Krejčí Horák Němec Šťastný Žák Říha \
                 Beneš Fiala Kolář Zeman Kříž Hájek Doležal Jelínek Růžek Šimek Veselý Pokorný Hájková Bartoš \
                 Matoušek Říčný Křížek Čapek Řezníček Štěpánek Mareš Nováková Dvořáková Svobodová Novotná \
                 Horáková Veselá",
        places: "Plzeň Děčín Kolín Třebíč Příbram Tábor Cheb Ústí Opava Kladno Písek Zlín Jičín Přerov Žatec \
                 Čáslav Brno-Líšeň Třinec Olomouc-Řepčín Žďár Hodonín Chrudím Kutná Mělník Náchod \
                 Jablonec-Mšeno Český Krumlov Vyškov",
        codings: CENTRAL,
        is_joined: false,
    },
    Names {
        language: "Polish",
        header: "numer;imię;miejscowość",
        given: "Łukasz Michał Paweł Małgorzata Grażyna Józef Zbyszek Wałęsa Żaneta Świętosław Błażej Elżbieta \
                 Rafał Agnieszka Bogumił Zdzisław Jędrzej Łucja Bożena Wiesław Sławomir Grzegorz-Łęcki \
                 Zofia-Różana Władysław Mieczysław Przemysław Michalina-Ściana Bartłomiej Róża",
        family: "Kaczyński Wójcik Dąbrowski Żak Łoś Gąska Kamiński Woźniak Mróz Śliwa Zięba Król Błaszczyk \
                 Pająk Wróbel Jabłoński Żółć Górski Kołodziej Szczęsny Gołąb Ćwiklińska Mikołajczyk \
                 Kasprzyk-Żuk Grzyb-Ślązak Piłsudski Wałęsa Zając Ząbek Śląski Leśniak Różański Kubiś",
        places: "Łódź Kraków Gdańsk Poznań Wrocław Częstochowa Białystok Toruń Rzeszów Zamość Elbląg Świdnica \
                 Żory Ełk Radomsko Bielsko-Biała Ząbki Bełchatów Żywiec Grudziądz Mińsk Ostrołęka Płock Słupsk \
                 Chełm Tarnów Siedlce-Łuków Sopot-Świemirowo Gniezno-Róża",
        codings: CENTRAL,
        is_joined: false,
    },
    Names {
        language: "Hungarian",
        header: "sorszám;név;város",
        given: "Győző Zsófia Jenő Ágnes Erzsébet Ödön Dezső Zoltán László Ernő Ferenc Ibolya Béla Tünde Árpád \
                 Csongor Éva Gergő Tímea Attila-Győr Gábor Péter Sándor Rózsa Ildikó Mátyás Gellért Kálmán Örs \
                 Bernadett-Ágota Szilárd",
        family: "Szűcs Erdős Szőke Kővári Tóth Szabó Kovács Bőhm Fűzfa Gyűrű Jókai Ács Petőfi Németh Bíró Szűts \
                 Kőrösi Vörös Mészáros Fehér Bálint Juhász Lőrincz Hegedűs Vörösmarty Kőszegi Rácz Gulyás \
                 Pintér Somogyi-Tő Dőry Szigeti-Szűk Gerő Győri Fűtő",
        places: "Győr Debrecen Pécs Szeged Kőszeg Makó Szőreg Gyöngyös Hévíz Cegléd Dombóvár Ózd Érd Vác \
                 Gödöllő Fertőd Esztergom-Kertváros Kecskemét Székesfehérvár Nyíregyháza Hódmezővásárhely \
                 Kiskőrös Mezőtúr Szentendre-Püspök Tőszeg",
        codings: CENTRAL,
        is_joined: false,
    },
    Names {
        language: "Croatian",
        header: "broj;ime;općina",
        given: "Željko Đorđe Ivančica Šime Tomislav Zvonimir Žarko Anđela Matija Krešimir Čedo Mišo Ružica \
                 Šimun Anđelko Duško Slađana Mladen-Čolić Jurica-Žuti",
        family: "Petrović Horvat Kovačević Babić Šarić Đurić Jurić Čović Marušić Vuković Perić Matić Ćosić \
                 Žganjer Kralj-Žmegač Lovrić Knežević Čavić Đukić Rašić Hrvatić Milošević Živković Grgić Škoro",
        places: "Šibenik Čakovec Karlovac Poreč Požega Đakovo Županja Maribor Črnomelj Niš Čačak Križevci \
                 Đurđevac Šolta Varaždin Ogulin-Šumar Našice Čazma",
        codings: CENTRAL,
        is_joined: false,
    },
    Names {
        language: "Romanian",
        header: "număr;nume;oraş",
        given: "Ştefan Ioană Mădălina Cătălin Răzvan Ionuţ Mihăiţă Sânziana Brânduşa Căcărău Vasile-Ţicu Dănuţ \
                 Ştefania Lăcrămioara Costică Tănase",
        family: "Popa Ionescu Brătianu Ţuţea Băsescu Moţ Pârvu Dănilă Răducanu Câmpeanu Ţepeş Munteanu-Ţară \
                 Mărgineanu Stănescu Săvulescu Vâlcan Ţurcanu",
        places: "Bucureşti Iaşi Braşov Timişoara Galaţi Brăila Bistriţa Bacău Reşiţa Târgovişte Constanţa \
                 Târgu-Mureş Piteşti Focşani Râmnicu Făgăraş",
        codings: CENTRAL,
        is_joined: false,
    },
    Names {
        language: "Turkish",
        header: "müşteri no;adı;şehir",
        given: "Ayşe Işıl Gülşen Çağla Özge Şahin Ümit Doğan Yiğit İrem Hüseyin Tuğba Barış Ilgın Gökçe Aslı \
                 Fırat Nazlı Sıla Çetin Gülay Müge Rüştü Çiğdem Nuriye-Ağ Şükrü Oğuzhan Ömer Zübeyde Işılay \
                 Tayfun-Gök İlknur Ünal",
        family: "Yılmaz Yıldız Öztürk Şimşek Güneş Çelik Doğan Aydın Kılıç Kaya Erdoğan Koç Özdemir Şahin \
                 Arslan Aktaş Ağca Işık Tunç Sarıkaya Özkan Demirtaş Karataş Büyük Uğurlu Çakır Türkoğlu Güngör \
                 Altınok Bağcı Eryiğit Köksal",
        places: "İzmir Eskişehir Diyarbakır Ağrı Muğla Kırşehir Aydın Çanakkale Gümüşhane Şırnak Iğdır Bingöl \
                 Uşak Elazığ Üsküdar Şanlıurfa Kütahya Niğde Bartın Düzce Balıkesir Zonguldak-Çay Ünye Gölcük \
                 Beşiktaş Kadıköy",
        codings: TURKISH,
        is_joined: false,
    },
    Names {
        language: "Baltic",
        header: "numurs;vārds;pilsēta",
        given: "Jūratė Rūta Eglė Jānis Žydrūnas Šarūnas Māris Līga Agnė Kęstutis Aistė Dāvis Gintarė Ēriks \
                 Ģirts Ilzė Jüri Ülle Mägi Õie Rūdolfs Žaneta Vaidotė Ieva-Ņina Kārlis Skirmantė Vytė Kristīne \
                 Elīna Pēteris",
        family: "Kazlauskienė Jonaitė Stankevičius Bērziņš Ozoliņš Kalniņš Žemaitis Paulauskaitė Petrauskienė \
                 Krūmiņš Šimkus Sīpols Tamm Mägi Kõiv Pärn Lapiņa Grigaitė Vaitkevičienė Šulcs Krūze \
                 Petrauskaitė Meļņika Žukauskas Āboliņš",
        places: "Šiauliai Panevėžys Rīga Jūrmala Liepāja Kėdainiai Telšiai Utena Cēsis Rēzekne Võru Pärnu Põlva \
                 Jõhvi Käina Klaipėda Marijampolė Sigulda-Ērgļi Plungė Mažeikiai Kuldīga Alytus-Dzūkija",
        codings: BALTIC,
        is_joined: false,
    },
    Names {
        language: "Russian",
        header: "номер;имя;город",
        given: "Сергей Иван Анна Ольга Юлия Мария Пётр Алексей Дмитрий Наталья Яна Ева Олег Игорь Вера Лев Зоя \
                 Нина Ия Фёдор Виктор Елена Константин Людмила Галина Юрий Татьяна Никита Роман Эдуард Ирина \
                 Глеб Тимур Жанна",
        family: "Иванов Петров Сидоров Кузнецов Смирнова Попов Ким Цой Лебедев Орлова Шевченко Гусь Ли Ягода \
                 Щукин Жук Эйдельман Юн Козлов Новикова Морозов Волкова Зайцев Соловьёв Белова Егоров Чехов \
                 Быков Шубин Фомин Хан Цветаева",
        places: "Москва Казань Омск Уфа Пермь Тверь Томск Самара Сочи Ялта Чита Орёл Псков Тула Киров Ейск \
                 Воронеж Якутск Ростов Брянск Абакан Элиста Нальчик Выборг Дубна Клин Ухта Химки",
        codings: CYRILLIC,
        is_joined: false,
    },
    Names {
        language: "Ukrainian",
        header: "номер;ім'я;місто",
        given: "Олексій Юлія Ігор Євген Іван Ганна Соломія Наталія Їжак Лілія Тарас Оксана Богдан Зоряна Микола \
                 Єлизавета Іванна",
        family: "Шевченко Бойко Ткаченко Іваненко Коваль Їжакевич Ющенко Гаврилів Петренко Мельник Кравчук \
                 Лисенко Поліщук Гнатюк Їжаченко Олійник",
        places: "Київ Львів Харків Одеса Чернігів Рівне Луцьк Ізюм Єнакієве Полтава Суми Житомир Ужгород Ізмаїл \
                 Ямпіль",
        codings: CYRILLIC,
        is_joined: false,
    },
    Names {
        language: "Greek",
        header: "αριθμός;όνομα;πόλη",
        given: "Γιώργος Μαρία Νίκος Ελένη Άννα Κώστας Δημήτρης Σοφία Παύλος Ήρα Ωραία Θάνος Χρύσα Εύα Ζωή \
                 Λεωνίδας Αλέξανδρος Κατερίνα Βασίλης Ιωάννης Ευγενία Σπύρος Φωτεινή Άρης Ίρις Όλγα",
        family: "Παπαδόπουλος Γεωργίου Οικονόμου Νικολάου Βλάχος Αγγέλου Ρούσσος Κόκκινος Δήμας Λάμπρου Μάνος \
                 Χατζής Καραμανλής Σταύρου Μιχαηλίδης Δημητρίου Ιωάννου Ζαχαρίας Πετρίδης",
        places: "Αθήνα Πάτρα Λάρισα Βόλος Χανιά Ρόδος Κως Ξάνθη Σέρρες Κέρκυρα Δράμα Πειραιάς Ηράκλειο Ύδρα \
                 Καβάλα Τρίκαλα Λαμία Κόρινθος Ναύπλιο Άργος Πύργος",
        codings: GREEK,
        is_joined: false,
    },
    Names {
        language: "Vietnamese",
        header: "mã;tên;thành phô",
        given: "Hông Tuân Thuý Dũng Thùy Hùng Đông Nhân Hiêu Loan-Thơ Phúc Đào",
        family: "Trân Lê Phan Đô Võ Vũ Hô Bùi Đăng Hô-Đào",
        places: "Hà Nôi Huê Đông Cân Thơ Sa Đéc Vĩnh",
        codings: &[("Windows-1258", Standard(e::WINDOWS_1258))],
        is_joined: false,
    },
    Names {
        language: "Hebrew",
        header: "מספר;שם;עיר",
        given: "יעל דוד משה שרה נועה יוסף רון טל אברהם רחל דניאל מיכל אורי",
        family: "כהן לוי מזרחי פרץ ביטון דהן אדלר שפירא חדד",
        places: "חיפה ירושלים אילת עכו נתניה יפו רעננה אשדוד לוד",
        codings: &[
            ("Windows-1255", Standard(e::WINDOWS_1255)),
            ("ISO-8859-8", Standard(e::ISO_8859_8)),
        ],
        is_joined: false,
    },
    Names {
        language: "Arabic",
        header: "رقم;الاسم;المدينة",
        given: "محمد علي سارة فاطمة أحمد مريم نور خالد يوسف زينب ليلى كريم",
        family: "حسن العلي النجار خليل عمر سالم الشريف منصور الحاج بركات",
        places: "دبي القاهرة بغداد عمان الرياض حلب تونس جدة مسقط",
        codings: &[
            ("Windows-1256", Standard(e::WINDOWS_1256)),
            ("ISO-8859-6", Standard(e::ISO_8859_6)),
        ],
        is_joined: false,
    },
    Names {
        language: "Thai",
        header: "รหัส;ชื่อ;เมือง",
        given: "สมชาย นิด พร มานี ปิติ อรุณ",
        family: "ใจดี แสง ทอง สุข วงศ์ ศรี",
        places: "เชียงใหม่ ตรัง ระยอง เลย พัทยา",
        codings: &[("Windows-874", Standard(e::WINDOWS_874))],
        is_joined: false,
    },
    Names {
        language: "Korean",
        header: "번호;이름;주소",
        given: "민수 지영 수진 영희 철수 서연 민준 지우 하은 도윤 은주 현우 미경 성호 정희 보람 나래 수 준 훈 \
                 혁 가을 태희 경숙 상철 동현 유진 예린 승민 혜진 서준 지훈 하윤 예은 민서 동욱 재원 승우 경희 \
                 미라 선영 광수 창민 은영 태호 지은 소영 기범 원석 나연 순자 말순 복동 영숙 현정",
        family: "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 전 고 문 양 손 배 백 허 남 심 노 \
                 하 곽 성 차 주 우 구 라 진 유 나 엄 채 원 천 방 공 현 남궁 표 석 탁 명 길 반 선우 황보 도 변 \
                 여 추 소 봉 피 함 마",
        places: "서울 부산 대구 인천 광주 울산 수원 제주 강릉 전주 춘천 안양 여수 구미 포항 대전 목포 순천 속초 \
                 평택 김해 진주 원주 경주 통영",
        codings: &[("EUC-KR", Standard(e::EUC_KR))],
        is_joined: true,
    },
    Names {
        language: "Japanese",
        header: "番号;氏名;住所",
        given: "一郎 太郎 花子 健 翔太 美咲 さくら 陽菜 大輔 直樹 恵子 由美 誠 ユミ 拓也 愛 翼 結衣 浩二 真由美 \
                 和子 清 茂 裕子 智子 学 修 あい ケン 蓮 健太 翔 大翔 陽子 優子 里美 哲也 隆 弘 進 亮 剛 慎一 \
                 雅人 香織 麻衣 千尋 瞳 舞 忍 悟 光 昇 勉 ひかり まこと リナ",
        family: "佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 清水 \
                 森 池田 橋本 阿部 石川 前田 藤田 小川 岡田 長谷川 村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 \
                 太田 三浦 原 関 南 東 辻 堀 中島 岡本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 \
                 上田 森田 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 河野 藤本 村田 武田 \
                 上野 杉山 増田 平野 菅原 久保 松井 千葉 岩崎 桜井 野口 萩原 榊",
        places: "東京 大阪 京都 横浜 名古屋 札幌 神戸 福岡 仙台 広島 奈良 さいたま 千葉 那覇 長崎 金沢 熊本 \
                 静岡 岡山 新潟 浜松 青森 秋田 盛岡 松江 津",
        codings: &[
            ("EUC-JP", Standard(e::EUC_JP)),
            ("Shift_JIS", Standard(e::SHIFT_JIS)),
        ],
        is_joined: true,
    },
    Names {
        language: "Traditional Chinese",
        header: "編號;姓名;地址",
        given: "小明 大文 志偉 美玲 家豪 淑芬 怡君 雅婷 宗翰 冠宇 志明 俊傑 建宏 佳穎 麗華 雨潔 國強 子軒 慧 龍 \
                 鳳儀 嘉欣 婉儀 浩然 詠詩 靜怡 承恩 品妍 偉 瑋 雅雯 宜蓁 俊宏 家瑜 冠廷 柏翰 彥廷 詩涵 思妤 \
                 佩珊 文雄 美惠 秀琴 國榮 學友 嘉玲 曼玉 富城 德華 朝偉 潤發 星馳 樂 儀 穎 凱",
        family: "陳 林 黃 張 李 王 吳 劉 蔡 楊 許 鄭 謝 郭 洪 曾 邱 廖 賴 周 徐 蘇 葉 莊 呂 江 何 蕭 羅 高 簡 \
                 朱 鍾 游 詹 沈 彭 胡 余 潘 歐陽 盧 梁 趙 顏 柯 翁 魏 孫 戴 方 施 白 紀 溫 范 薛 童 田 姚 石 姜 \
                 湯 連 溤 馮 鄧 譚 鄒 關 龔 區 麥 霍 龍 鮑",
        places: "臺北 高雄 臺中 臺南 香港 九龍 新竹 基隆 嘉義 花蓮 屏東 宜蘭 澳門 桃園 沙田 彰化 苗栗 雲林 臺東 \
                 金門 馬祖 旺角 灣仔 荃灣 元朗 觀塘",
        codings: &[("Big5", Standard(e::BIG5)), ("GBK", Standard(e::GBK))],
        is_joined: true,
    },
    Names {
        language: "Simplified Chinese",
        header: "会员号;姓名;地址",
        given: "伟 芳 娜 秀英 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 小明 子涵 浩然 欣怡 \
                 梓轩 雨桐 一诺 建国 志强 婷婷 海燕 晓东 玉兰 文静 思远 佳琪 宇航 建军 玉梅 红梅 丽娟 俊杰 鹏 \
                 丹 萍 鑫 波 斌 宇 浩 凯 鹏飞 雪梅 淑珍 桂兰 秀珍 国强 志明 建平 宁 莹 雷 琳 欢 婧 璐 昊然 思琪 \
                 雅婷 嘉怡 晨曦 博文",
        family: "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 \
                 曾 肖 田 董 潘 袁 蔡 蒋 余 于 杜 叶 程 魏 苏 吕 丁 任 卢 姚 沈 钟 姜 崔 谭 陆 范 汪 廖 欧阳 \
                 诸葛 司马 上官 夏 侯 邹 熊 孟 秦 白 江 阎 薛 尹 段 雷 黎 史 龙 贺 陶 顾 毛 郝 龚 邵 万 钱 严 \
                 赖 覃 洪 武 莫 孔",
        places: "北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 重庆 天津 苏州 长沙 青岛 郑州 浦东新区 朝阳区 \
                 大连 宁波 厦门 福州 济南 合肥 昆明 沈阳 长春 哈尔滨 太原 海淀区 徐汇区",
        codings: &[("GBK", Standard(e::GBK)), ("GB18030", Standard(e::GB18030))],
        is_joined: true,
    },
];
