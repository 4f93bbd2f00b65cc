"""Why something cannot be done to a seat."""

from lms.errors import DomainError


class NotEnoughSeats(DomainError):
    def __init__(self, *, free: int, asked: int) -> None:
        super().__init__(f"这一批还有 {free} 个未指定的席位，名单里有 {asked} 人。请减少人数，或再购买席位。")


class PeopleRefused(DomainError):
    """Some of the people cannot get a seat; `errors` says why, by their position in the list. Nobody got one."""

    def __init__(self, errors: dict[int, str]) -> None:
        super().__init__("名单里有不能指定的人，一个席位也没有分出去。请改正后重新提交。")
        self.errors = errors


class SeatInUse(DomainError):
    message = "这位学员已经打开第一课，席位不能再换人或收回。"


class SeatNotNamed(DomainError):
    message = "这个席位没有指定给谁，不需要这样做。请刷新页面查看。"


class SeatOver(DomainError):
    message = "这个席位已经过期或被收回，不能再使用。请联系为你购买的企业，或联系客服。"


class InvitedJustNow(DomainError):
    message = "一小时内已经发过邀请邮件。请提醒对方查看收件箱和垃圾邮件，一小时后可以再发。"


class TooManyInvitations(DomainError):
    message = "这一批席位 24 小时内发出的邀请太多，请明天再继续，或改用邀请链接。"


class LinkOpen(DomainError):
    message = "这一批席位已有一个开放的邀请链接。请先收回它，再开放新的。"


class BadLink(DomainError):
    message = "链接的名额要在 1 到未指定的席位数之间，有效期从今天到席位的最后加入日。"


class LinkWithdrawn(DomainError):
    message = "这个邀请链接已经收回。请向发给你链接的人要新的链接。"


class LinkLapsed(DomainError):
    message = "这个邀请链接已经过期。请向发给你链接的人要新的链接。"


class LinkUsedUp(DomainError):
    message = "这个邀请链接的名额已经用完。请联系发给你链接的人，再开放名额或购买席位。"


class NotInvited(DomainError):
    message = "这个邀请已经失效，席位可能换给了别人。请联系邀请你的人。"


class InvitationOfAnother(DomainError):
    message = "这个邀请发给了另一个邮箱。请用收到邀请的邮箱登录或注册，或请企业改邀你现在的邮箱。"


class AlreadyStudying(DomainError):
    message = "你已有这门课的学习资格，不需要再占一个席位，可以直接去学习中心。"


class ReasonMissing(DomainError):
    message = "请写明原因，买家和同事都会看到。"


class BadExpiry(DomainError):
    message = "新的日期要晚于今天，也要晚于现在的最后加入日。"


class NothingToExtend(DomainError):
    message = "这个席位已经有人加入或已收回，没有可以延长的期限。"
