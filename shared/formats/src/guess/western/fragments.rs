//! Pieces of words by which a text in another encoding gives itself away when it is read as one of
//! Western Europe.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Pieces that words of Central Europe, Turkey and the Baltic, and words in the code pages of DOS and
/// of old Macs, have when they are read in Windows-1252; `_` is where a word begins or ends.
///
/// They were chosen from dictionaries and lists of names: each is in at least three of 97,000 words
/// that are read wrongly, and in none of 1,700,000 words of Western Europe. Whoever adds one holds it
/// to the latter: a piece that is missing costs less than one that refuses a good file.
const FRAGMENTS: &str = "_eß _iß _taß baß biß coß daß deß diß eriß eßr hß koß laß leßm leßt liß luß lß miß muß_ mß nß onuß rß \
     taß_ tiß ußtu yaß yß ßa_ ßan_ ßeh ßi_ ßia ßie ßii ßil ßim ßio ßir ßiu _àda _àmar _àsk _àtt cijà ikà \
     inimà inàt kimà klà ktà skà tàj ukà vimà ymà àcij àja àju àjà àk àlaf àli_ àsv àò _alál _stoá _áal \
     _áam _áan _áel _áem _áen _áibe _áima _áime _áind _áiv _ákar _ákof _ákol _ákri _áku _ápan _ápin _átef \
     _átia _átra _átud _áved _ávic _ávy celál colál elála elále eláli galál geiá groá ieá ilál iáe leiá \
     reiá schoá trauá ulála uába uáe weiá áab áeb áes áimo áink ákod ákrl ásiv áumi áump áè áò áø_ _âb \
     _âd dâ_ gâd ikâ iâl jâ_ jâm jâs klâ krâs kâp kâr kâs mâs nâ_ nâk nâl nâs nâta nâts râd râs_ skâ_ tâs \
     vâ_ zinâ âci âj âk_ âka âks âku âlij âlu ânij âra_ ârs âru ârv âtu_ âvi âð âò asã_ bilã calã_ catã_ \
     ctã cãm eamã eazã entã_ ezã_ ialã iarã_ iazã icã_ idã_ inã_ nalã narã_ oarã_ ralã rãb rãm rãz scã_ \
     tarã_ tatã tivã trã_ tãm unã urã_ zatã ãc ãd ãg ãia ãic ãil ãl ãmâ ãne ãni ãnu ãp ãr ãsa ãsc ãsi ãsp \
     ãst ãt ãu ãv _faä _gaä _hoä _jelä _kaä _koä _leä _menä _naä _ryä _teä _vyä adoä akäa alaä anoä araä \
     aräa aäa aäe aäka aäke aäki aänj aäo aäsk baät boä_ buä cäe deä_ duä däes ejäe ejäi eäa eäe eäi_ \
     eäka_ eäo eäsk eäti greä gäe häes ieä_ iäa iäe iäka iäke_ iäki_ iälj iänj iäo iäsk iäte_ iätia joä \
     jäa_ jäes koä_ loä läes_ mäes_ oroä oväa oäan oäe oäka oäko oänj oäs paä pleä poät päe_ päem päes \
     päld riät roä_ rtoä ruäi räan räes säes_ taä_ täes_ uräk uä_ uäa uäe uäka uäni uäo uät vräi xäe yäe \
     yäsk zeä znaä äak_ äank äava äcz äek_ äeni äic äinc äko_ äkov änice äno_ äov_ äova äovc äperk äsz \
     ätanj ätejn äé _ruså aå_ aåa aåo eåa eåo iå_ iåa iåe oråa oåa oåo yåa åany åkov åmie åou åov_ årod \
     åuj åwi _æa _æe _æin _æir _æka _æko _ækr _æku _æma _æpe _æpil _æpo _æpr _ætef _æto _ætr _ætud _ætv \
     _æu _æved aæ_ aæk eæa eæe eæi iæa iæe jæc kraæ myæ oæc oæn oær uæ_ uæe uæi yæ_ zeæ æcie æib æim æmy \
     æpani ætia ævec ævic æw _alçi _duç _loçi _olç _pleç _ryç _vaç ajçe aloç arçeg açek eviç eçank façi \
     iloç iluç içank janoç jelç koçar krç kuça ljç mençi nejçi obç oçank oçina prç rtoç ruçe ruçi ruçov \
     sluç tç_ uçek vrç vyç vç çanov çany çað çenj çeno çevlj çica çice çikov çið çov_ çovc çovi çovo çovs \
     çå çð çý çœ _èaba _èam _èap _èar _èast _èe _èie _èle _èrno _èul _èy ariè_ aèn beè emèi eè_ eèn ièk \
     ièni_ ièno jiè jèa jèic kaè konè koè krè lèice maè_ miè_ naè niè_ nèan nèice nèin obèu olèa ouè_ \
     ovèi oèni ranè_ tièn toèn uliè_ vaè viè_ vèan vèe vèin èah èaj èak èalo èank èano èany èek èev èiai \
     èiak èian èiar èij èing èino èins èio èiu èiè èiø èiù èiš èje èka èki èko èky ènih ènik èno_ èná èné \
     èní èný èob èok èor èov èrast èsk èuk èá èí _zaé _élfa daé_ ieé meé séah taé_ vaé_ éany élõ érõ ésû \
     _êa _ênd _êri _êsa _êse _êv ajê ankê cjê czê dêb iêk krêg mkê nicê rawê rzê rêb sjê szê turê têp ujê \
     wiê wêg ykê ynê zjê êci êcz êdr êdz êsg êsk êsl êsm êsr êtal êtrz êty_ êå _ëa _ëdi _ëe _ëi _ële _ëmp \
     _ënc _ëng _ënt _ëo _ëu aitë drë_ dvilë dëj gnë lëj nëj snë_ ybës ëda_ ëi_ ëjim ëjo ëjus ëliai ëlá \
     ëlë_ ëmis_ ënai ëu_ aì_ bnì ckì dnì enì illì_ lnì nnì_ novì skì tnì ynì íis_ íkù íò _trî _îma _îr \
     _îst _îv atîv dalî dzî dîte_ ektî enî_ katî kstî lîd lîte_ mîl rîko rîna tîk tîne zît îa_ îba îbu \
     îbâ îcij îda îga îgi îgs îgu îgâ îj îla îli_ îlij îns_ înu_ îri îru îsk îss_ îsv îtis_ îtt îtu_ îvi \
     îze îð _ïe _ïo _ïu aïar cï dï kï sï tï vï ïas ïi ïot ïov ïá ïâ _iðd _iðl _iðm _iðs _iðv _oðu _uð _ða \
     _ðe _ði _ðs _ður _ðv anð apð aðy aðý ceð deð diðim diðin doðu eðen ieð kð luðun neði oðlu raðe tiðk \
     tð uoð ðanu_ ðc ðe_ ðiai ðinde ðinin ðkai ðkia ðkis_ ðkë ðo_ ðov ðë ðíi ieñ_ owañ yñ_ zeñ_ _òj _òte \
     _òur aòa aòk aòo daò eòa eòu hraò iòa iòo kaò oròa oò_ oòa oòi sòa uòa yòa zeò òany òem òou òov òval \
     òá òâ òð cóv_ ekóv eóv_ lóv_ ôò _elõ _erõ _fõ _idõ bõl_ bõv dõ_ elsõ enõr ezõ gõr hõs kõ_ lelõ lõ_ \
     nõ_ rõl_ szõ tõ_ tõk_ tõl_ yõ zõ_ õben_ õdé õen_ õje õjé õrinc õrö õsz õsé õvé _ösak _ösar _ösma \
     _ösra _öta örõ öðre aø_ ijø_ imø_ kiø_ ktø_ liø_ ninkø niø_ ntø_ pøeb pøed pøi riø_ tøeb tøem usiø \
     øeh øej øez øeš øic øjø øské øí bnù ckù denù dkù dnù dskù ikù iskù jskù jù lanù lnù lskù mskù niù_ \
     nnù nskù odù orù_ ovù renù rnù rskù snù_ stnù strù_ stù_ tskù uskù vanù vnù vskù alúl anulú elúl \
     ilúl lúlab lúlap lúle lúli lúlo lúè úò _hût _jûr _ûe atûr erû etû gût iûn jûl krû ktûr kûn kûr ltû \
     lûk mûk prû rûp rûta trû zû ûa ûdi ûki ûmi ûnë ûsi ûst ûtu ûv ûy ûz ûð _üas _übra _ünci _ünt _üo \
     _üsp _üsr _üu _üys üag üap üaz üsla üð _altý _arý _ýb _ýlk _ýn _ýsl _ýz acý adý_ aklý alýk alýn \
     andýr anýr_ asý_ aý_ aýe býe dýn_ eý gýn_ iý larý_ larýn malý_ ncý nlý_ nýn_ oý pýe pýi pýn rlý_ sým \
     tlý_ týe yalý yý zý_ ýca ýic ýov_ ýsr ýx ýya ýyo ýz_ þeh þid þir þov þöh þü _ÿ _dœ _hœ _lœ _rœ _œl \
     aœ bœl bœn bœs cœs dœ_ dœs epœ evœ eœ gœ hœ_ iœ_ iœn jœ kœ lœ_ lœb mœl mœn nœ_ nœs nœt oœ rœ_ rœn \
     rœt sœ_ sœd sœl trœ tœ uœ yœ zœ œa œba œbi œch œci œe œf œin œir œis œj œk œlf œlt œm œn_ œo œp œr \
     œs_ œsa œsi œss œt_ œte œto œv œw œz œé _bšn _dš _fš _grš _gš _hš _jš _kšt _nš _rš _yš _šb bjš bšh \
     bšj bšl bšr bšs dršm edš fjš flš fšr gjš glš gyš gšr gšt hjš htiš hyšt hšf hšh hšr hšv istš kilš kjš \
     kš_ kšk kšn kšp kšr kšv kšz lmš lšd lšf lšg lšn lšs lšv mšg mšn mšr ršd ršer ršr ršs ršv schš sjš \
     slš strš sšg sšk sšl sšr tjš tšku tšr všl všr wš yšd šarna šbel šber šch šck šde šdi šff šge šhl šhn \
     šhr šiè škk šld šlj šlk šll šln šlt šlu šlz šmm šn_ šnd šnen šnn šns šnt špf šr_ šrd šrr šrs šs_ šse \
     šsi šss šst štt šw šy šz_ šze šæ šè _žami _žek _žt mžs ožt ržl sž tž vžt ynž žahi žch žey žiè žk_ \
     žng žs_ žò";

const SHORTEST: usize = 2;
const LONGEST: usize = 5;

static ALL: LazyLock<HashSet<&str>> = LazyLock::new(|| FRAGMENTS.split(' ').collect());

/// Returns whether nobody in Western Europe writes this word, so that it is of another encoding.
pub(super) fn is_of_elsewhere(word: &[char]) -> bool {
    let small = word.iter().flat_map(|letter| letter.to_lowercase());
    let bounded: String = std::iter::once('_').chain(small).chain(['_']).collect();
    let mut places: Vec<usize> = bounded.char_indices().map(|(at, _)| at).collect();
    places.push(bounded.len());
    (SHORTEST..=LONGEST).any(|length| {
        let mut pieces = places.windows(length + 1);
        pieces.any(|piece| ALL.contains(&bounded[piece[0]..piece[length]]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_as_long_as_they_are_looked_for_and_listed_once() {
        for fragment in FRAGMENTS.split(' ') {
            let length = fragment.chars().count();
            assert!((SHORTEST..=LONGEST).contains(&length), "{fragment}");
            assert!(!fragment.is_ascii(), "{fragment}");
        }
        assert_eq!(ALL.len(), FRAGMENTS.split(' ').count());
    }

    #[test]
    fn words_of_elsewhere_are_told_from_those_of_western_europe() {
        let is_of_elsewhere = |word: &str| is_of_elsewhere(&word.chars().collect::<Vec<_>>());
        // Gdańsk in DOS, Jankovič in Windows-1250, Başak of old Macs, Jonaitė in Windows-1257.
        for word in ["Gdaäsk", "Jankoviè", "Baßak", "Jonaitë"] {
            assert!(is_of_elsewhere(word), "{word}");
        }
        for word in [
            "José",
            "Jääskeläinen",
            "Größe",
            "François",
            "Þórður",
            "João",
            "Noè",
        ] {
            assert!(!is_of_elsewhere(word), "{word}");
        }
    }
}
