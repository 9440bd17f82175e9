package portrait

import "strings"

// namesByLanguage are twenty given names, women's first, and ten family names of fifteen languages.
var namesByLanguage = [15]struct{ given, family string }{
	{"Ada Clara Edith Florence Harriet Imogen Maud Nell Rosalind Winifred Alfie Barnaby Edmund Giles Jasper Ned Percy Rufus Toby Walter",
		"Ashdown Birchwood Copperfield Dunmore Eastlake Fairweather Greenhalgh Hollis Larkspur Merriweather"},
	{"Amara Chiamaka Efua Folake Ife Ngozi Nneka Sade Yewande Zainab Babatunde Chidi Emeka Femi Kelechi Kwabena Obinna Sefu Tunde Uche",
		"Adeyemi Boateng Chukwu Danjuma Eze Folarin Mensah Nwosu Okafor Owusu"},
	{"Aiko Chiyo Emi Hana Kaede Midori Nanami Sakura Tomoe Yuzuki Daichi Eiji Haruto Kenta Makoto Noboru Ren Shota Takumi Yuto",
		"Aokawa Fujimori Hayami Ishibashi Kurosawa Minamoto Nakahara Shirakawa Tachibana Yukimura"},
	{"Alba Carmen Estrella Inés Jimena Luz Maite Noelia Rocío Ximena Álvaro Bruno Diego Efraín Gonzalo Íñigo Joaquín Mateo Nicolás Óscar",
		"Arroyo Belmonte Cifuentes Espinoza Gallardo Luján Montenegro Núñez Quiroga Valdés"},
	{"Aditi Bhavna Chitra Gauri Ishani Kavya Meera Nandini Priya Tara Arjun Dev Harish Karan Manish Nikhil Rohan Sanjay Tarun Vikram",
		"Acharya Bhatt Chandran Deshmukh Iyer Joshi Kulkarni Menon Raghavan Sharma"},
	{"Agnieszka Bożena Danuta Ewelina Grażyna Jadwiga Kinga Małgorzata Wiesława Żaneta Bartłomiej Czesław Jędrzej Kazimierz Łukasz Mieszko Paweł Radosław Stanisław Zbigniew",
		"Borkowy Czapla Dąbek Głowa Jeleń Kępa Łoś Ptak Śliwka Żuraw"},
	{"Αγγελική Βασιλική Δάφνη Ελένη Ζωή Θάλεια Κατερίνα Μελίνα Νεφέλη Χρυσάνθη Αλέξανδρος Γιώργος Δημήτρης Ηλίας Θανάσης Κώστας Λευτέρης Μάνος Νίκος Στέλιος",
		"Αναγνώστου Βλάχου Γαλάνη Δούκα Καλλέργη Λάμπρου Μελά Ξένου Παλαιολόγου Ράπτη"},
	{"Алёна Варвара Дарина Злата Калина Любава Мирослава Надія Оксана Соломія Богдан Всеволод Гліб Данило Захар Ілля Лев Остап Тарас Ярема",
		"Березюк Горобець Дзвоник Журавель Калина Лелека Мороз Соловей Тополя Яворенко"},
	{"أمل بسمة جميلة دانة رنا زينة سلمى فرح ليلى ياسمين آدم باسم جاد حسام رامي زياد سامي طارق كريم نبيل",
		"الأنصاري البغدادي الحلبي الخطيب الزهراني الشامي العطار الفاسي القباني النجار"},
	{"Anh Bích Diễm Giang Hạnh Lan Mai Ngọc Phương Thảo Bảo Cường Dũng Hiếu Khánh Long Minh Quang Sơn Tuấn",
		"Bùi Đặng Đỗ Hồ Lê Lý Ngô Phạm Trần Vũ"},
	{"Annika Birgit Elke Frauke Gesa Heike Inga Jette Maren Wiebke Björn Detlef Eike Fiete Hauke Jörn Klaas Lars Ole Sönke",
		"Brückner Dörfler Engelhardt Fährmann Grünwald Höfer Küster Lütjen Möwe Schäfer"},
	{"Beatrice Chiara Donatella Fiammetta Ginevra Lucia Ornella Perla Serafina Viola Amedeo Corrado Dario Ettore Fausto Guido Leandro Orfeo Piero Tullio",
		"Bellandi Carbonara Dell’Orto Falconieri Gherardi Lombardini Montefiore Passerini Rinaldeschi Vespucci-Neri"},
	{"Ayşe Çiğdem Defne Elif Gülşen İpek Nazlı Özlem Şirin Yıldız Barış Cemal Doğan Emre Güneş Hakan Kerem Onur Selim Tuğrul",
		"Akıncı Bozkurt Çelebi Demirağ Gökmen Işık Karaca Öztürk Şahin Yavuz"},
	{"Aroha Hine Kiri Leilani Mahina Moana Ngaio Sina Tui Whetu Afa Hemi Kai Keoni Manu Rangi Sione Tama Tane Wiremu",
		"Aperahama Fonoti Henare Kahale Latu Mahuika Ngata Parata Tuilagi Waititi-Rua"},
	{"Céline Delphine Élodie Fleur Gaëlle Hélène Maëlys Noémie Océane Solène Anatole Bastien Côme Émile Gaspard Honoré Loïc Maël Rémi Théo",
		"Beauchêne Chantereau Delacour Fontenay Girardin Hautbois Lavandier Montclair Perrault-Roy Rochefort"},
}

// familyFirst is the index of the language in which the family name comes first.
const familyFirst = 9

// nameIndex says in which language a person's name is, and which of the given names. It takes these in steps,
// so that women and men are mixed.
func nameIndex(number int) (language, given int) {
	n := max(number-1, 0)
	return n % len(namesByLanguage), n / len(namesByLanguage) * 7 % 20
}

// Name is the name of a made-up person. The first 300 all differ.
func Name(number int) string {
	language, i := nameIndex(number)
	given, family := strings.Fields(namesByLanguage[language].given)[i], strings.Fields(namesByLanguage[language].family)[i%10]
	if language == familyFirst {
		return family + " " + given
	}
	return given + " " + family
}

// feminine reports whether a friend has a woman's name.
func feminine(number int) bool {
	_, given := nameIndex(number)
	return given < 10
}
