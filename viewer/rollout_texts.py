"""The words of the rollout pages. A test sees that every key has both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from viewer.languages import ChosenText, text_in
from vtour.rollout.read import (
    VIETNAM,
    day_of,
    finding_words,
    kind_name,
    measure_name,
    name_of,
    ranking_name,
    step_name,
)
from vtour.schema.catalog import SiteState
from vtour.schema.gates import Finding

ROLLOUT_LANGUAGES = ("vi", "en")

ROLLOUT_TEXTS: dict[str, dict[str, str]] = {
    "rollout": {"vi": "Tiến độ số hóa", "en": "Rollout"},
    "rollout_of": {"vi": "Tiến độ: {name}", "en": "Rollout: {name}"},
    "skip": {"vi": "Đến bảng các điểm", "en": "Skip to the table of sites"},
    "as_of": {
        "vi": "Số liệu ngày {date}, đọc từ {file} lúc {time}",
        "en": "Figures of {date}, read from {file} at {time}",
    },
    "plan": {"vi": "Quyết định", "en": "Decision"},
    "owner": {"vi": "Chủ quản", "en": "Owner"},
    "note_newer": {
        "vi": "Tệp mới hơn không đọc được nên trang vẫn hiển thị bản đọc lúc {time}:",
        "en": "A newer file cannot be read, so what was read at {time} is still shown:",
    },
    "note_audit": {
        "vi": "Nhật ký không khớp, chưa nên tin vào các trạng thái dưới đây:",
        "en": "The audit log does not hold, so do not rely on the states below:",
    },
    "note_lag": {"vi": "Nhật ký có mục mới hơn:", "en": "The audit log is ahead:"},
    "note_gates": {
        "vi": "Một báo cáo kiểm tra không đọc được:",
        "en": "A gate report cannot be used:",
    },
    "note_outlines": {
        "vi": "Ranh giới xã không đọc được:",
        "en": "The outlines of communes cannot be used:",
    },
    "note_basemap": {
        "vi": "Không dùng được bản đồ nền: cần một địa chỉ https có {{z}}, {{x}}, {{y}}.",
        "en": "The base map cannot be used: expected an https address with {{z}}, {{x}}, {{y}}.",
    },
    # figures at the top
    "tile_accepted": {"vi": "Đã nghiệm thu", "en": "Accepted"},
    "tile_published": {"vi": "Đã công bố", "en": "Published"},
    "tile_late": {"vi": "Trễ hạn", "en": "Late"},
    "tile_on_time": {"vi": "Đúng hạn", "en": "On time"},
    "tile_first_pass": {"vi": "Đạt ngay lần đầu", "en": "Accepted at first try"},
    "tile_held": {"vi": "Đã dựng", "en": "Built"},
    "of_sites": {"vi": "trên {n} điểm", "en": "of {n} sites"},
    "of_listed": {"vi": "trên {n} điểm trong danh mục", "en": "of {n} sites listed"},
    "of_milestones": {"vi": "{part} trên {n} mốc", "en": "{part} of {n} milestones"},
    "of_reviews": {"vi": "{part} trên {n} điểm", "en": "{part} of {n} sites"},
    "none_yet": {"vi": "chưa có", "en": "none yet"},
    "held": {
        "vi": "điểm; mô hình: {models}, ảnh toàn cảnh: {panoramas}, {size}",
        "en": "sites; models: {models}, panoramas: {panoramas}, {size}",
    },
    # phases
    "phases": {"vi": "Các giai đoạn", "en": "Phases"},
    "phase": {"vi": "Giai đoạn", "en": "Phase"},
    "upkeep": {"vi": "duy trì", "en": "upkeep"},
    "phase_sites": {
        "vi": "{accepted} trên {expected} điểm đã nghiệm thu",
        "en": "{accepted} of {expected} sites accepted",
    },
    "phase_more": {
        "vi": "{listed} trong danh mục, {published} đã công bố, {late} trễ hạn",
        "en": "{listed} listed, {published} published, {late} late",
    },
    "phase_upkeep": {
        "vi": "Điểm đã công bố cần duy trì: {published}, đến hạn xem lại: {due}",
        "en": "Published sites to look after: {published}, due to be looked at again: {due}",
    },
    "bar_done": {"vi": "Đã nghiệm thu", "en": "Accepted"},
    "bar_review": {"vi": "Đang thẩm định", "en": "In review"},
    "bar_work": {"vi": "Đang làm", "en": "In work"},
    "bar_ahead": {"vi": "Chưa bắt đầu", "en": "Not begun"},
    "bar_aside": {
        "vi": "Trả lại, tạm dừng, đã rút",
        "en": "Returned, on hold, withdrawn",
    },
    "bar_unlisted": {"vi": "Chưa có trong danh mục", "en": "Not listed yet"},
    "forecast": {"vi": "Dự báo hoàn thành", "en": "Likely to be full"},
    "forecast_range": {
        "vi": "khoảng {likely} đến {cautious}",
        "en": "between {likely} and {cautious}",
    },
    "forecast_far": {"vi": "quá xa để nói", "en": "too far off to say"},
    "forecast_few_sites": {
        "vi": "chưa đủ dữ liệu (quá ít điểm đã nghiệm thu)",
        "en": "not known yet (too few sites accepted)",
    },
    "forecast_few_weeks": {
        "vi": "chưa đủ dữ liệu (quá ít tuần)",
        "en": "not known yet (too few weeks)",
    },
    "forecast_standstill": {
        "vi": "không rõ (không có điểm nào được nghiệm thu gần đây)",
        "en": "not known (nothing was accepted of late)",
    },
    "forecast_done": {"vi": "đã xong", "en": "done"},
    "forecast_note": {
        "vi": "Ngày đầu đúng trong một nửa, ngày sau trong 85 % số lần mô phỏng theo tốc độ đã đo.",
        "en": "Half of the trials at the pace measured so far kept the first day, 85% the second.",
    },
    # burn-up
    "burn_up": {"vi": "Điểm đã nghiệm thu theo thời gian", "en": "Accepted sites over time"},
    "burn_up_none": {
        "vi": "Chưa có điểm nào được nghiệm thu.",
        "en": "No site has been accepted yet.",
    },
    "burn_up_alt": {
        "vi": "Biểu đồ số điểm đã nghiệm thu theo ngày, đường kế hoạch nét đứt. "
        "Số liệu có trong bảng bên dưới.",
        "en": "Chart of sites accepted by day, with the plan as a dashed line. "
        "The table below has the same figures.",
    },
    "planned_line": {"vi": "kế hoạch", "en": "plan"},
    "actual_line": {"vi": "đã nghiệm thu", "en": "accepted"},
    "chart_data": {"vi": "Số liệu của biểu đồ", "en": "The chart's figures"},
    "day": {"vi": "Ngày", "en": "Day"},
    "today": {"vi": "hôm nay", "en": "today"},
    # map
    "map": {"vi": "Bản đồ", "en": "Map"},
    "map_alt": {
        "vi": "Bản đồ {n} điểm có vị trí, mỗi điểm là một liên kết.",
        "en": "Map of the {n} sites with a location, each of them a link.",
    },
    "map_note_plain": {
        "vi": "Lưới kinh vĩ độ (WGS 84), tên xã và phường đặt tại tâm. Không dùng bản đồ nền.",
        "en": "Latitudes and longitudes (WGS 84), names of communes at their centres. No base map.",
    },
    "map_note_outlines": {
        "vi": "Ranh giới theo {file}.",
        "en": "Outlines as {file} has them.",
    },
    "map_number": {
        "vi": "Số trong dấu là thứ tự của trạng thái.",
        "en": "The number in a pin is the place of its state.",
    },
    "border_zone": {"vi": "Khu vực biên giới", "en": "Border zone"},
    "border_note": {
        "vi": "Trong khu vực biên giới: quay phim, bay và đo đạc cần được phép riêng.",
        "en": "In the border zone: filming, flying and surveying need permits of their own.",
    },
    "border_count": {
        "vi": "Điểm trong khu vực biên giới: {n}. Quay phim, bay và đo đạc ở đó cần phép riêng.",
        "en": "Sites in the border zone: {n}. Filming, flying and surveying there need permits of "
        "their own.",
    },
    "no_location": {"vi": "Chưa có vị trí", "en": "No location yet"},
    "no_location_text": {
        "vi": "Chỉ có vị trí tạm, không vẽ lên bản đồ:",
        "en": "Only a placeholder is known, which is not drawn on the map:",
    },
    "cluster": {"vi": "{n} điểm gần nhau", "en": "{n} sites close together"},
    "legend": {"vi": "Chú giải", "en": "Legend"},
    # table
    "sites": {"vi": "Các điểm", "en": "Sites"},
    "filter": {"vi": "Lọc", "en": "Filter"},
    "search": {"vi": "Tìm tên, xã, mã", "en": "Name, commune or id"},
    "state": {"vi": "Trạng thái", "en": "State"},
    "contractor": {"vi": "Đơn vị thi công", "en": "Contractor"},
    "any": {"vi": "tất cả", "en": "any"},
    "only_late": {"vi": "chỉ điểm trễ hạn", "en": "late ones only"},
    "apply": {"vi": "Áp dụng", "en": "Apply"},
    "reset": {"vi": "Bỏ lọc", "en": "Clear"},
    "shown": {"vi": "{n} trên {of} điểm", "en": "{n} of {of} sites"},
    "shown_part": {
        "vi": "{first}–{last} trong {n} điểm (danh mục có {of})",
        "en": "{first}–{last} of {n} sites ({of} in all)",
    },
    "none_found": {
        "vi": "Không có điểm nào như vậy.",
        "en": "There is no such site.",
    },
    "no_sites": {"vi": "Danh mục chưa có điểm nào.", "en": "The catalogue has no sites yet."},
    "site": {"vi": "Điểm", "en": "Site"},
    "commune": {"vi": "Xã, phường", "en": "Commune"},
    "due": {"vi": "Hạn tiếp theo", "en": "Next due"},
    "deliverables": {"vi": "Sản phẩm", "en": "Deliverables"},
    "gates": {"vi": "Kiểm tra", "en": "Gates"},
    "since": {"vi": "Từ ngày", "en": "Since"},
    "late_by": {"vi": "trễ {days} ngày", "en": "late by {days} d"},
    "late_word": {"vi": "trễ", "en": "late"},
    "failed_gates": {"vi": "{n} không đạt", "en": "{n} failed"},
    "waived_gates": {"vi": "{n} được miễn", "en": "{n} waived"},
    "passed_gates": {"vi": "đạt", "en": "passed"},
    "unchecked": {"vi": "chưa kiểm tra", "en": "not looked at"},
    "sort_by": {"vi": "Sắp xếp theo {name}", "en": "Sort by {name}"},
    "pages": {"vi": "Các trang", "en": "Pages"},
    "previous": {"vi": "Trang trước", "en": "Previous"},
    "next": {"vi": "Trang sau", "en": "Next"},
    "page_of": {"vi": "Trang {page} trên {pages}", "en": "Page {page} of {pages}"},
    # one site
    "back": {"vi": "Tất cả các điểm", "en": "All sites"},
    "facts": {"vi": "Thông tin", "en": "Facts"},
    "names": {"vi": "Tên", "en": "Names"},
    "kind": {"vi": "Loại", "en": "Kind"},
    "ranking": {"vi": "Xếp hạng", "en": "Ranking"},
    "admin_now": {"vi": "Từ 01/07/2025", "en": "Since 1 July 2025"},
    "admin_before": {"vi": "Đến 30/06/2025", "en": "Until 30 June 2025"},
    "inferred": {"vi": "suy luận, chưa có văn bản", "en": "concluded, not stated anywhere"},
    "location": {"vi": "Vị trí", "en": "Location"},
    "source": {"vi": "nguồn", "en": "source"},
    "within": {"vi": "sai lệch đến {radius}", "en": "within {radius}"},
    "aerial": {"vi": "Bay chụp", "en": "Drone"},
    "yes": {"vi": "có", "en": "yes"},
    "revisit": {"vi": "Xem lại", "en": "To be looked at again"},
    "dates": {"vi": "Kế hoạch và thực tế", "en": "Planned and reached"},
    "planned": {"vi": "Kế hoạch", "en": "Planned"},
    "reached": {"vi": "Thực tế", "en": "Reached"},
    "difference": {"vi": "Chênh lệch", "en": "Difference"},
    "days_early": {"vi": "sớm {n} ngày", "en": "early by {n} d"},
    "days_late": {"vi": "trễ {n} ngày", "en": "late by {n} d"},
    "on_day": {"vi": "đúng ngày", "en": "on the day"},
    "overdue": {"vi": "trễ {n} ngày", "en": "overdue by {n} d"},
    "before_catalogue": {"vi": "trước khi có danh mục", "en": "before the catalogue was kept"},
    "passed_by": {"vi": "đã qua", "en": "passed"},
    "not_yet": {"vi": "chưa", "en": "not yet"},
    "required": {"vi": "Yêu cầu", "en": "Required"},
    "measured": {"vi": "Đo được", "en": "Measured"},
    "measure": {"vi": "Số đo", "en": "Measure"},
    "result": {"vi": "Kết quả", "en": "Result"},
    "at_least": {"vi": "≥\u00a0{value}", "en": "≥\u00a0{value}"},
    "at_most": {"vi": "≤\u00a0{value}", "en": "≤\u00a0{value}"},
    "count_least": {"vi": "ít nhất {n}", "en": "at least {n}"},
    "due_day": {"vi": "hạn {date}", "en": "due {date}"},
    "no_deliverables": {"vi": "Chưa có sản phẩm nào.", "en": "No deliverables are due."},
    "no_thresholds": {"vi": "không có ngưỡng", "en": "no thresholds"},
    "state_accepted": {"vi": "đã nghiệm thu", "en": "accepted"},
    "state_passed": {"vi": "đạt", "en": "passed"},
    "state_failed": {"vi": "không đạt", "en": "failed"},
    "state_unmeasured": {"vi": "chưa đo", "en": "not measured"},
    "evidence": {
        "vi": "Mã băm của bằng chứng (SHA-256)",
        "en": "Digests of the evidence (SHA-256)",
    },
    "checked_at": {"vi": "Kiểm tra lúc {time}", "en": "Looked at on {time}"},
    "no_gates": {
        "vi": "Chưa kiểm tra lần nào.",
        "en": "Nobody has looked at the gates of this site yet.",
    },
    "waived": {"vi": "được miễn", "en": "waived"},
    "waived_by": {
        "vi": "{name} miễn ngày {date}: {reason}",
        "en": "waived by {name} on {date}: {reason}",
    },
    "waiver_exceeded": {
        "vi": "Miễn trừ trước đây không bao gồm:",
        "en": "The waiver given before does not cover:",
    },
    "waivers": {"vi": "Các lần miễn trừ", "en": "Waivers"},
    "waiver_lapsed": {"vi": "hết hiệu lực", "en": "lapsed"},
    "acceptances": {"vi": "Nghiệm thu", "en": "Acceptance"},
    "accepted_by": {"vi": "{name}, {date}", "en": "{name}, {date}"},
    "package_digest": {"vi": "Gói (SHA-256)", "en": "Package (SHA-256)"},
    "captures_digest": {"vi": "Dữ liệu gốc (SHA-256)", "en": "Captures (SHA-256)"},
    "record": {"vi": "Biên bản", "en": "Record"},
    "record_digest": {"vi": "Biên bản (SHA-256)", "en": "Record (SHA-256)"},
    "log_entry": {"vi": "mục {n} của nhật ký", "en": "entry {n} of the log"},
    "permits": {"vi": "Giấy phép", "en": "Permits"},
    "permit_of": {
        "vi": "số {number}, {issuer}, ngày {issued}",
        "en": "no. {number}, {issuer}, {issued}",
    },
    "valid_until": {"vi": "đến {date}", "en": "valid until {date}"},
    "expired": {"vi": "hết hạn", "en": "expired"},
    "history": {"vi": "Lịch sử", "en": "History"},
    "no_history": {"vi": "Chưa có bước nào.", "en": "Nothing has happened yet."},
    "claimed": {
        "vi": "Tên người làm là tên tự khai. Chữ ký được kiểm tra bằng vtour catalog audit verify.",
        "en": "Names are as they were claimed. vtour catalog audit verify checks signatures.",
    },
    "signed": {"vi": "có chữ ký", "en": "has a signature"},
    "returned_to": {"vi": "trả cho {name}", "en": "to {name}"},
    "action_set": {"vi": "", "en": ""},
    "action_adopt": {
        "vi": "ghi nhận trạng thái có từ trước, không kiểm tra",
        "en": "taken over as it was before, without gates",
    },
    "action_waive": {"vi": "miễn kiểm tra", "en": "gate waived"},
    "action_accept": {"vi": "nghiệm thu", "en": "acceptance"},
    "gates_at": {"vi": "Đã qua: {passed}", "en": "Passed: {passed}"},
    "gates_waived_at": {"vi": "Được miễn: {waived}", "en": "Waived: {waived}"},
    "tour": {"vi": "Chuyến tham quan ảo", "en": "Virtual tour"},
    "open_tour": {"vi": "Mở chuyến tham quan", "en": "Open the tour"},
    "package_holds": {
        "vi": "mô hình: {models}, ảnh toàn cảnh: {panoramas}, đám mây điểm: {points}, "
        "điểm thuyết minh: {hotspots}, {size}",
        "en": "models: {models}, panoramas: {panoramas}, point clouds: {points}, "
        "hotspots: {hotspots}, {size}",
    },
    "package": {"vi": "Gói dữ liệu", "en": "Package"},
    "data_text": {
        "vi": "Cho hệ thống khác:",
        "en": "For other systems:",
    },
    "dictionary": {"vi": "giải thích chỉ số", "en": "what the figures mean"},
}


def rollout_words(language: str) -> dict[str, str]:
    """All words in one language: Vietnamese, else English."""
    return {key: texts["vi" if language == "vi" else "en"] for key, texts in ROLLOUT_TEXTS.items()}


@dataclass(frozen=True)
class Speaker:
    """Says values in one language, for templates."""

    language: str

    def text(self, texts: Mapping[str, str]) -> ChosenText | None:
        """The text in this language, else in a close one."""
        return text_in(texts, self.language)

    def plain(self, texts: Mapping[str, str], otherwise: str = "") -> str:
        """The same without the language that it is in."""
        chosen = text_in(texts, self.language)
        return chosen.text if chosen else otherwise

    def name(self, value: StrEnum) -> str:
        """What a state, a gate, a role... is called."""
        return name_of(value, self.language)

    def step(self, state: SiteState) -> str:
        """What has to be done to reach a state."""
        return step_name(state, self.language)

    def kind(self, kind: str) -> str:
        """What a kind of sites is called."""
        return kind_name(kind, self.language)

    def measure(self, name: str) -> str:
        """What a measure is."""
        return measure_name(name, self.language)

    def ranking(self, level: str) -> str:
        """What a rank is called."""
        return ranking_name(level, self.language)

    def finding(self, finding: Finding) -> str:
        """A finding of a gate in words."""
        return finding_words(finding, self.language)

    def day(self, day: date | None) -> str:
        """A day."""
        return day_words(day, self.language)

    def day_of(self, time: datetime) -> str:
        """The day of a time, in Vietnam."""
        return day_words(day_of(time), self.language)

    def time(self, time: datetime) -> str:
        """A time, in Vietnam."""
        return time_words(time, self.language)

    def number(self, value: float | None, unit: str = "1") -> str:
        """A figure with its unit."""
        return number_words(value, self.language, unit)

    def share(self, rate: float | None) -> str:
        """A percentage."""
        return share_words(rate, self.language)

    def degrees(self, value: float, axis: str) -> str:
        """Degrees and minutes of a meridian (x) or a parallel (y)."""
        minutes = round(abs(value) * 60)
        east, west, north, south = "ĐTBN" if self.language == "vi" else "EWNS"
        side = (east if value >= 0 else west) if axis == "x" else (north if value >= 0 else south)
        return f"{minutes // 60}°{minutes % 60:02d}′{side}"


def day_words(day: date | None, language: str) -> str:
    """A day for people: 31/12/2021 in Vietnamese, 31 Dec 2021 in English; '' for none."""
    if day is None:
        return ""
    if language == "vi":
        return f"{day:%d/%m/%Y}"
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{day.day} {months[day.month - 1]} {day.year}"


def time_words(time: datetime, language: str) -> str:
    """A time in Vietnam for people, to the minute."""
    local = time.astimezone(VIETNAM)
    return f"{day_words(local.date(), language)} {local:%H:%M}"


def number_words(value: float | None, language: str, unit: str = "1") -> str:
    """A figure with its unit: '0,012 m', '48 MB', '97 %' is a share only where it is one."""
    if value is None:
        return "–"
    if unit == "B":
        for size, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
            if value >= size:
                return f"{_plain(value / size, language)}\u00a0{name}"
        return f"{value:.0f} B"
    text = _plain(value, language)
    return text if unit in ("", "1") else f"{text}\u00a0{unit}"


def share_words(rate: float | None, language: str) -> str:
    """A share as a percentage; a dash of nothing."""
    if rate is None:
        return "–"
    return f"{rate * 100:.0f} %" if language == "vi" else f"{rate * 100:.0f}%"


def _plain(value: float, language: str) -> str:
    """At most four digits that count, none lost of whole numbers; a comma in Vietnamese."""
    text = f"{value:,.0f}" if value == round(value) else f"{value:,.4g}"
    if "e" in text:
        text = f"{value:,.0f}" if abs(value) >= 1 else f"{value:.6f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text
