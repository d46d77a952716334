"""Words of the gateway's own page, in both languages."""

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {
        "title": "Cổng hội chẩn từ xa",
        "well": "Đang hoạt động bình thường.",
        "waiting": "Đang chờ gửi",
        "delivered": "Đã gửi từ khi khởi động",
        "last": "Lần gửi gần nhất",
        "never": "chưa gửi",
        "refused": "Máy chủ không nhận",
        "disk": "Ổ đĩa còn trống",
        "near": "Chuỗi ảnh giữ cho các máy trong viện",
        "trouble": "Chưa gửi được, sẽ tự thử lại.",
        "trouble.unreachable": "Không tới được máy chủ. Ảnh được giữ ở đây và tự gửi khi có mạng.",
        "trouble.server-busy": "Máy chủ đang bận. Ảnh được giữ ở đây và tự gửi lại.",
        "trouble.revoked": "Máy chủ không còn nhận cổng này. Hãy xin mã mới và đăng ký lại.",
        "trouble.near-full": "Không đủ chỗ giữ hết ảnh của tuần; phần còn lại lấy từ máy chủ.",
        "trouble.digest-wrong": "Có tệp bị hỏng trên ổ đĩa này; tệp đó đã được để riêng.",
    },
    "en": {
        "title": "Case conference gateway",
        "well": "All is well.",
        "waiting": "Waiting to be sent",
        "delivered": "Sent since the start",
        "last": "Last sent",
        "never": "nothing yet",
        "refused": "Not taken by the server",
        "disk": "Room on the disk",
        "near": "Series kept for the hospital's browsers",
        "trouble": "Cannot send now; it tries again by itself.",
        "trouble.unreachable": "The server cannot be reached. Images are kept here and sent later.",
        "trouble.server-busy": "The server is busy. Images are kept here and sent again.",
        "trouble.revoked": "The server does not know this gateway any more: enrol it again.",
        "trouble.near-full": "No room for all images of the week; the rest comes from the server.",
        "trouble.digest-wrong": "A file on this disk is damaged; it has been set aside.",
    },
}


def language_of(accepted: str) -> str:
    """`en` if a browser asks for it first, else Vietnamese."""
    return "en" if accepted.strip().lower().startswith("en") else "vi"
