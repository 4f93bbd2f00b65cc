"""The hosted checkout page, in Chinese, honest about being a stand-in."""

from html import escape
from pathlib import Path

from tools.stripe_double.actions import METHODS
from tools.stripe_double.faults import Faults
from tools.stripe_double.objects import Object

NOTE = {
    "alipay": "真实环境会跳转到支付宝，或显示二维码。",
    "wechat_pay": "真实环境会显示微信二维码，用手机扫码付款。",
    "card": "真实环境在这里填写卡号；替身不需要，也不接收卡号。",
}

NOTES = {
    "duplicate": "每个通知多送几份",
    "delay": "通知晚几秒",
    "drop": "丢掉接下来几个通知",
    "reorder": "1：新的通知先送",
    "error": "接下来几个请求答 500",
    "limit": "接下来几个请求答 429",
    "lose_answer": "接下来几个请求做完却断线",
    "slow": "每个请求晚几秒回答",
}

CSS = Path(__file__).with_name("style.css").read_text()


def checkout(session: Object, *, was_declined: bool, delay_seconds: float) -> str:
    """Return the page of one session in whatever state it is."""
    if session["status"] == "complete":
        return _page(session, _closed("这笔付款已经提交", "可以回到商家网站查看结果。", return_url(session)))
    if session["status"] == "expired":
        return _page(
            session, _closed("这个支付页已经失效", "没有扣款。请回到商家网站重新付款。", session["cancel_url"] or "/")
        )
    methods = "".join(
        f'<label><input type="radio" name="method" value="{method}"{" checked" if not position else ""}>'
        f"<span>{METHODS[method]}<small>{NOTE[method]}</small></span></label>"
        for position, method in enumerate(session["payment_method_types"])
    )
    declined = '<p class="lost" role="alert">付款没有成功：发卡行或钱包拒绝了这次付款，没有扣款。可以再试一次。</p>'
    return _page(
        session,
        f"""{declined if was_declined else ""}
        <form class="panel" method="post">
          <fieldset><legend>付款方式</legend>{methods}</fieldset>
          <button class="primary" name="outcome" value="pay">支付成功</button>
          <div class="others">
            <button name="outcome" value="decline">支付失败</button>
            <button name="outcome" value="later">稍后到账</button>
            <button name="outcome" value="later_fail">稍后失败</button>
            <button name="outcome" value="leave">放弃</button>
          </div>
          <p class="hint">“稍后”指银行在 {delay_seconds:g} 秒后才给出结果。</p>
        </form>""",
    )


def return_url(session: Object) -> str:
    return str(session["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", session["id"])


def faults(switches: Faults, waiting: int) -> str:
    """Return the page on which a person makes this Stripe misbehave."""
    rows = "".join(
        f"<label><span>{escape(name)}<small>{escape(NOTES[name])}</small></span>"
        f'<input name="{name}" type="number" min="0" step="any" value="{value:g}"></label>'
        for name, value in vars(switches).items()
    )
    inner = f"""<h1>故障开关</h1><p class="hint">还有 {waiting} 个通知没有送到。全部填 0 就是关。</p>
        <form class="panel" method="post">{rows}<button class="primary">生效</button></form>"""
    return _frame(inner, "故障开关")


def message(title: str, text: str) -> str:
    return _frame(f'<div class="panel"><h1>{escape(title)}</h1><p>{escape(text)}</p></div>', title)


def _closed(title: str, text: str, href: str) -> str:
    return (
        f'<div class="panel"><h2>{title}</h2><p>{text}</p>'
        f'<a class="button primary" href="{escape(href)}">返回商家网站</a></div>'
    )


def _page(session: Object, inner: str) -> str:
    symbol = "¥" if session["currency"] == "cny" else session["currency"].upper() + " "
    yuan, fen = divmod(session["amount_total"], 100)
    head = f"""
        <h1>应付金额</h1>
        <p class="amount">{symbol}{yuan:,}.{fen:02d}</p>
        <p class="order">商家订单号 {escape(session["client_reference_id"] or "未提供")}</p>"""
    return _frame(head + inner, "付款")


def _frame(inner: str, title: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="zh-Hans">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{escape(title)} · 本地支付替身</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/c/style.css">
  </head>
  <body>
    <header class="banner">本地支付替身，不产生真实费用</header>
    <main>{inner}</main>
  </body>
</html>"""
