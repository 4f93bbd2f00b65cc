"""What the block picker shows as an example of each block, as it is stored."""

from typing import Any

SAMPLES: dict[str, Any] = {
    "heading": {"text": "十分之一从哪里来", "level": "2"},
    "text": "<p>服务管理人员包括<b>总部</b>和<b>网点</b>两个层面，从基层到高层都算。</p>"
    "<ul><li>总部 12 人</li><li>网点 18 人</li></ul>",
    "case": {"title": "周一早会", "text": "<p>电梯维保公司的主管发现：三起投诉都来自同一个网点。</p>"},
    "definition": {"title": "服务管理人员", "text": "<p>从事售后服务管理的人员，总部和网点都算。</p>"},
    "example": {"title": "30 人应配几名", "text": "<p>30 × 10% = 3，应配 <b>3</b> 名。</p>"},
    "key": {"title": "", "text": "<p>分母是服务管理人员，不是全体员工。</p>"},
    "warning": {"title": "拿全员当分母", "text": "<p>这样算会多配几倍的人。</p>"},
    "quote": {"title": "GB/T 27922-2011 5.1.2.2", "text": "<p>转述标准里的一条规定。</p>"},
    "action": {"title": "", "text": "<ul><li>数一数本单位两个层面各有多少人</li></ul>"},
    "summary": {"title": "", "text": "<ul><li>应配数向上取整</li><li>至少 1 名</li></ul>"},
    "table": {
        "data": [["服务管理人员", "应配"], ["10", "1"], ["11", "2"], ["41", "5"]],
        "cell": [{"row": row, "col": col, "className": "htRight"} for row in range(4) for col in range(2)],
        "first_row_is_table_header": True,
        "first_col_is_header": False,
        "table_header_choice": "row",
    },
    "figure": {"image": None, "caption": "图 1　两个层面的服务管理人员"},
    "comparison": {
        "title": "两种算法",
        "columns": [
            {"heading": "按全员", "text": "<p>200 人要配 20 名，多配了。</p>"},
            {"heading": "按服务管理人员", "text": "<p>30 人配 3 名，正好。</p>"},
        ],
    },
    "timeline": {
        "title": "证书的三年",
        "events": [
            {"when": "第 0 月", "what": "发证", "text": ""},
            {"when": "第 12 月", "what": "第一次监督审核", "text": "抽查网点"},
            {"when": "第 36 月", "what": "到期换证", "text": ""},
        ],
    },
    "formula": {"latex": r"L_q = \frac{\rho^2}{1-\rho}", "words": "平均排队人数等于利用率的平方除以一减利用率"},
    "video": {
        "title": "上门服务的六个动作",
        "file": None,
        "poster": None,
        "captions": None,
        "transcript": "先敲门，再……",
    },
    "audio": {"title": "一通真实的投诉电话（演员重录）", "file": None, "transcript": "客户：我已经等了三天……"},
    "slides": {"title": "评分表逐条讲解", "file": None},
    "download": {"title": "自查表", "file": None, "note": "填完贴在班组看板上"},
    "check": {
        "question": "服务管理人员 41 名，应配几名售后服务管理师？",
        "kind": "single",
        "options": ["4 名", "5 名", "41 名"],
        "answer": "B",
        "explanation": "41 × 10% = 4.1，向上取整为 5。",
    },
    "item": {"code": "M1-5001"},
}
