"""What states, roles, gates and the like are called, in Vietnamese and English."""

from enum import StrEnum

from vtour.schema.catalog import (
    DeliverableKind,
    Gate,
    LocationClass,
    PermitKind,
    PhaseKind,
    Role,
    SiteState,
)

S, G = SiteState, Gate

NAMES: dict[StrEnum, dict[str, str]] = {
    S.planned: {"vi": "Đã lập kế hoạch", "en": "Planned"},
    S.permitted: {"vi": "Đã cấp phép", "en": "Permitted"},
    S.captured: {"vi": "Đã thu thập", "en": "Captured"},
    S.delivered: {"vi": "Đã bàn giao", "en": "Delivered"},
    S.processing: {"vi": "Đang xử lý", "en": "Processing"},
    S.in_review: {"vi": "Đang thẩm định", "en": "In review"},
    S.accepted: {"vi": "Đã nghiệm thu", "en": "Accepted"},
    S.published: {"vi": "Đã công bố", "en": "Published"},
    S.maintained: {"vi": "Đang bảo trì", "en": "Maintained"},
    S.returned: {"vi": "Trả lại", "en": "Returned"},
    S.on_hold: {"vi": "Tạm dừng", "en": "On hold"},
    S.withdrawn: {"vi": "Đã rút", "en": "Withdrawn"},
    Role.contractor: {"vi": "đơn vị thi công", "en": "contractor"},
    Role.reviewer: {"vi": "người thẩm định", "en": "reviewer"},
    Role.manager: {"vi": "người quản lý", "en": "manager"},
    LocationClass.surveyed: {"vi": "đo tại chỗ", "en": "surveyed"},
    LocationClass.sourced: {"vi": "theo nguồn", "en": "from a source"},
    LocationClass.unverified: {"vi": "chưa kiểm chứng", "en": "unverified"},
    LocationClass.placeholder: {"vi": "vị trí tạm", "en": "placeholder"},
    DeliverableKind.model: {"vi": "mô hình 3D", "en": "3D model"},
    DeliverableKind.panoramas: {"vi": "ảnh toàn cảnh", "en": "panoramas"},
    DeliverableKind.points: {"vi": "đám mây điểm", "en": "point cloud"},
    DeliverableKind.tour: {"vi": "chuyến tham quan ảo", "en": "virtual tour"},
    PhaseKind.new: {"vi": "điểm mới", "en": "new sites"},
    PhaseKind.upkeep: {"vi": "duy trì", "en": "upkeep"},
    PermitKind.relic: {"vi": "cơ quan quản lý di tích", "en": "relic authority"},
    PermitKind.flight: {"vi": "phép bay", "en": "drone flight"},
    PermitKind.access: {"vi": "chủ sở hữu", "en": "owner's access"},
    G.permit: {"vi": "Giấy phép", "en": "Permits"},
    G.captures: {"vi": "Dữ liệu gốc", "en": "Captures"},
    G.deliverables: {"vi": "Sản phẩm", "en": "Deliverables"},
    G.package: {"vi": "Gói dữ liệu", "en": "Package"},
    G.budgets: {"vi": "Dung lượng", "en": "Budgets"},
    G.privacy: {"vi": "Riêng tư", "en": "Privacy"},
    G.texts: {"vi": "Văn bản", "en": "Texts"},
    G.rights: {"vi": "Bản quyền", "en": "Rights"},
    G.thumbnails: {"vi": "Ảnh đại diện", "en": "Thumbnails"},
    G.links: {"vi": "Liên kết", "en": "Links"},
    G.location: {"vi": "Vị trí", "en": "Location"},
    G.acceptance: {"vi": "Nghiệm thu", "en": "Acceptance"},
}  # fmt: skip

STEPS: dict[SiteState, dict[str, str]] = {
    S.planned: {"vi": "Lập kế hoạch", "en": "Planning"},
    S.permitted: {"vi": "Cấp phép", "en": "Permit"},
    S.captured: {"vi": "Thu thập", "en": "Capture"},
    S.delivered: {"vi": "Bàn giao", "en": "Delivery"},
    S.processing: {"vi": "Xử lý", "en": "Processing"},
    S.in_review: {"vi": "Thẩm định", "en": "Review"},
    S.accepted: {"vi": "Nghiệm thu", "en": "Acceptance"},
    S.published: {"vi": "Công bố", "en": "Publication"},
    S.maintained: {"vi": "Bảo trì", "en": "Maintenance"},
}
"""What is still to be done: 'Nghiệm thu' is due on a day, 'Đã nghiệm thu' says that it was done."""

RANKINGS: dict[str, dict[str, str]] = {
    "special_national": {"vi": "quốc gia đặc biệt", "en": "special national"},
    "national": {"vi": "quốc gia", "en": "national"},
    "provincial": {"vi": "cấp tỉnh", "en": "provincial"},
    "none": {"vi": "chưa xếp hạng", "en": "not ranked"},
    "unknown": {"vi": "chưa rõ xếp hạng", "en": "rank not known"},
}


def step_name(state: SiteState, language: str) -> str:
    """What has to be done to reach a state."""
    names = STEPS.get(state) or NAMES[state]
    return names.get(language, names["en"])


def name_of(value: StrEnum, language: str) -> str:
    """What a state, role, gate... is called; English where there is no other."""
    names = NAMES[value]
    return names.get(language, names["en"])


def ranking_name(level: str, language: str) -> str:
    """What the level of a ranking is called."""
    names = RANKINGS[level]
    return names.get(language, names["en"])
