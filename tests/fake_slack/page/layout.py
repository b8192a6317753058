"""The frame of a page: a body enters, a whole document with its style leaves; nothing is fetched from anywhere."""

_STYLE = """
*{box-sizing:border-box} body{margin:0;font:15px/1.45 system-ui,sans-serif;color:#1d1c1d;background:#fff}
main{max-width:820px;margin:0 auto;padding:16px} small,.context{color:#616061;font-size:13px}
.message{display:flex;gap:10px;padding:8px 16px} .message:hover{background:#f8f8f8} .body{flex:1;min-width:0}
.face{width:36px;height:36px;border-radius:6px;background:#4a5568;color:#fff;text-align:center;line-height:36px;
font-weight:700;flex:none} .bot .face{background:#1264a3} .thread{margin:4px 0 0 46px;border-left:2px solid #ddd}
.ephemeral{background:#fffbea} .block{margin:6px 0} .section{display:flex;gap:12px} .said{flex:1;min-width:0}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:4px 16px} h3{margin:4px 0;font-size:18px}
pre,code{background:#f4f4f4;border:1px solid #ddd;border-radius:4px;font:13px ui-monospace,monospace}
pre{padding:8px;margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere} code{padding:1px 3px;color:#b3124b}
blockquote{margin:2px 0;padding-left:10px;border-left:4px solid #ddd} hr{border:0;border-top:1px solid #ddd}
.button,button{font:inherit;font-weight:600;font-size:14px;padding:4px 12px;margin:2px 6px 2px 0;background:#fff;
border:1px solid #bbb;border-radius:5px;color:inherit;text-decoration:none;cursor:pointer}
.primary{background:#007a5a;border-color:#007a5a;color:#fff} .danger{color:#b3124b;border-color:#b3124b}
.mention{background:#e8f5fa;color:#1264a3;border-radius:3px;padding:0 2px} .loud{background:#fff3cd}
table{border-collapse:collapse} td,th{border:1px solid #ddd;padding:4px 8px;text-align:left}
.plan,.task{border:1px solid #ddd;border-radius:8px;padding:8px;margin:4px 0} .error{color:#b3124b;margin:2px 0}
input,select,textarea{font:inherit;background:#fff;padding:5px 8px;border:1px solid #999;border-radius:5px}
.input label{display:block} .input input:not([type=checkbox]):not([type=radio]),.input select,textarea{width:100%}
.tick{display:block;font-weight:400} header{padding:10px 16px;border-bottom:1px solid #ddd;display:flex;gap:14px}
iframe{border:0;width:100%;height:calc(100vh - 130px)} .ask{display:flex;gap:8px;padding:10px 16px} .ask .line{flex:1}
.modal{border:1px solid #bbb;border-radius:10px;max-width:560px;margin:16px auto;padding:20px}
.input{display:grid;grid-template-columns:1fr auto;gap:2px 8px;align-items:center}
.input>label,.input>small,.input>p,.input>:is(input,select,textarea):not(:has(~ .button)){grid-column:1/-1}
.input>.button{margin:0;font-size:13px;font-weight:400;color:#616061} a{color:#1264a3}
.app{font-size:10px;font-weight:700;background:#e8e8e8;border-radius:3px;padding:1px 3px}
.waiting{background:#e8f5fa;padding:8px 16px}
"""


def document(title: str, body: str, *, refresh: int = 0) -> str:
    """A page of HTML; with `refresh` it loads itself again every so many seconds."""
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}<title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>'
    )
