//! Temporary.
use super::function::Context;
use crate::data::period::{Period, Unit};
use crate::data::{Number, Value};

fn split_top(s: &str, sep: &str) -> Vec<String> {
    let (mut out, mut depth, mut quote, mut cur) = (vec![], 0, false, String::new());
    let mut i = 0;
    while i < s.len() {
        let c = s[i..].chars().next().unwrap_or(' ');
        if c == '"' { quote = !quote }
        if !quote { if c == '(' { depth += 1 } if c == ')' { depth -= 1 } }
        if !quote && depth == 0 && s[i..].starts_with(sep) { out.push(std::mem::take(&mut cur)); i += sep.len(); continue; }
        cur.push(c);
        i += c.len_utf8();
    }
    out.push(cur);
    out
}

pub fn eval(s: &str) -> Value {
    let s = s.trim();
    for op in [" > ", " = ", " * ", " / "] {
        let parts = split_top(s, op);
        if let [a, b] = &parts[..] {
            let (Some(a), Some(b)) = (eval(a).number(), eval(b).number()) else { return Value::Missing };
            return match op {
                " > " => Value::Boolean(a.compare(b).is_gt()),
                " = " => Value::Boolean(a.compare(b).is_eq()),
                " * " => match (a, b) { (Number::Integer(a), Number::Integer(b)) => Value::Integer(a * b), _ => panic!() },
                _ => Value::Float(a.to_f64() / b.to_f64()),
            };
        }
    }
    if s == "absent" { return Value::Missing }
    if s == "true" { return Value::Boolean(true) }
    if let Some(t) = s.strip_prefix('"') { return Value::text(&t[..t.len() - 1]) }
    if let Some(p) = s.find('(') {
        let f = super::find(&s[..p]).expect(s);
        let inner = &s[p + 1..s.len() - 1];
        let mut args = vec![];
        if f.implicit_time { args.push(Value::Time(Context::EXAMPLE.now)); }
        if !inner.is_empty() { args.extend(split_top(inner, ",").iter().map(|a| eval(a))); }
        let (lo, hi) = f.arity();
        let n = args.len() - usize::from(f.implicit_time);
        assert!(n >= lo && n <= hi, "{s} {n} {lo} {hi}");
        return (f.value)(&args, &Context::EXAMPLE);
    }
    if let Some(n) = Number::parse(s.as_bytes()) { return super::arguments::from_number(n) }
    let d = s.find(|c: char| c.is_alphabetic()).expect(s);
    Value::Period(Period { count: s[..d].parse().expect(s), unit: Unit::find(&s[d..]).expect(s) })
}

#[test]
fn tmp_examples() {
    let mut n = 0;
    for f in super::all() {
        println!("{}", f.signature());
        for e in f.examples {
            let v = eval(e.call);
            n += 1;
            let p = v.print().unwrap_or_default().into_owned();
            if p != e.result { println!("FAIL {} -> {:?} want {:?}", e.call, p, e.result); }
        }
    }
    println!("{n} examples");
}
