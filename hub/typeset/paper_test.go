package typeset_test

import (
	"testing"

	"eblagh/hub/typeset"
)

// notice is a paper with every kind of block in it.
func notice(t testing.TB) *typeset.Document {
	t.Helper()
	d := typeset.New(fonts(t), typeset.About{
		Title: "اخطاریهٔ وقت رسیدگی", Language: typeset.Persian, Foot: "نمونهٔ آزمایشی؛ فاقد اعتبار قضایی",
	})
	d.Letterhead(typeset.Letterhead{
		Issuer:  []string{"دادگستری نمونه", "مجتمع قضایی نمونه", "شعبهٔ ۱ دادگاه عمومی حقوقی"},
		Motto:   "بسمه تعالی",
		Title:   "اخطاریهٔ وقت رسیدگی",
		Numbers: []typeset.Field{{"شمارهٔ پرونده", "۱۴۰۵۰۰۹۹۰۰۰۰۰۰۰۰۰۱"}, {"شمارهٔ بایگانی", "۰۵۰۰۰۱"}, {"تاریخ", "۱۴۰۵/۰۹/۰۲"}},
	})
	d.Fields(
		typeset.Field{Label: "مخاطب", Value: "خانم مریم نمونه (خوانده)"},
		typeset.Field{Label: "شمارهٔ تلفن همراه", Value: "+98 990 000 0001"},
		typeset.Field{Label: "موضوع", Value: "مطالبهٔ وجه یک فقره چک به شمارهٔ SAMPLE-1405/22 (بانک نمونه)"},
		typeset.Field{Label: "وقت رسیدگی", Value: "چهارشنبه ۱۴۰۵/۱۰/۱۶ ساعت ۰۹:۳۰"},
	)
	d.Section("متن اخطاریه")
	d.Paragraph("در خصوص دعوای آقای علی نمونه به طرفیت شما، خواهشمند است در وقت مقرر در این شعبه حاضر شوید. " +
		"عدم حضور مانع رسیدگی نیست و می‌توانید لایحهٔ دفاعیهٔ خود را پیش از جلسه بفرستید. قبلاً مثلاً مُهرِ دادگاهِ ملّی مدّعی، لا الهَ الّا الله؛ " +
		"کتاب‌ها، نامه‌ها و «دلایل» (مواد ۶۴ و ۹۵ قانون آیین دادرسی مدنی) را همراه داشته باشید.")
	d.Table([]typeset.Column{{"شرح", 50}, {"مبلغ (ریال)", 25}, {"مهلت", 25}}, [][]string{
		{"هزینهٔ دادرسی", "۱۲٬۵۰۰٬۰۰۰", "۱۰ روز"},
		{"دستمزد کارشناس", "۸٬۰۰۰٬۰۰۰", "یک هفته"},
	})
	d.Rule()
	d.Note("شناسهٔ سند: RCPT-7f3a-9c21 (SHA-256)؛ این برگه را سامانهٔ ابلاغ ساخته است.")
	d.Signature("مدیر دفتر شعبهٔ ۱", "نمونهٔ نمونه‌پور")
	d.SwitchTo(typeset.English)
	d.Heading("Notice of hearing")
	d.Fields(typeset.Field{Label: "Addressee", Value: "Maryam Nemooneh, مریم نمونه ۱۴۰۵/۰۹/۰۲"})
	d.Paragraph("You are invited to the hearing of case 140500990000000001 on 6 January 2027 at 09:30.")
	return d
}

func fonts(t testing.TB) *typeset.Fonts {
	t.Helper()
	f, err := typeset.LoadFonts()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func bytesOf(t testing.TB, d *typeset.Document) []byte {
	t.Helper()
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
