"""The figures of the programme for other systems, each with what it means."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from viewer.api_models import Text
from viewer.rollout_models import KpiMeaning, KpiValue
from vtour.rollout.read import PhaseFigures, RolloutView
from vtour.schema.catalog import SiteState

By = list[Literal["phase", "state"]]

# name: (unit, by, vi title, en title, vi definition, en definition)
MEANINGS: dict[str, tuple[str, By, str, str, str, str]] = {
    "sites_expected": (
        "sites", ["phase"], "Số điểm theo kế hoạch", "Sites planned",
        "Số điểm mới mà giai đoạn phải hoàn thành, theo kế hoạch.",
        "New sites that the phase is to complete, as the plan says.",
    ),
    "sites_listed": (
        "sites", ["phase"], "Số điểm trong danh mục", "Sites listed",
        "Số điểm có trong danh mục, kể cả điểm đã rút.",
        "Sites in the catalogue, those withdrawn included.",
    ),
    "sites_in_state": (
        "sites", ["phase", "state"], "Số điểm theo trạng thái", "Sites by state",
        "Số điểm đang ở mỗi trạng thái vào ngày báo cáo.",
        "Sites that are in each state on the day of the report.",
    ),
    "sites_accepted": (
        "sites", ["phase"], "Số điểm đã nghiệm thu", "Sites accepted",
        "Số điểm đã nghiệm thu và còn giá trị: điểm bị trả lại hoặc rút sau đó không được tính.",
        "Sites that stand as accepted: one that was returned or withdrawn since does not count.",
    ),
    "sites_published": (
        "sites", ["phase"], "Số điểm đã công bố", "Sites published",
        "Số điểm đã nghiệm thu và đã công bố cho công chúng.",
        "Sites that stand as accepted and were published.",
    ),
    "sites_late": (
        "sites", ["phase"], "Số điểm trễ hạn", "Sites late",
        "Số điểm chưa đạt một trạng thái mà ngày kế hoạch đã qua.",
        "Sites that have not reached a state whose planned day has passed.",
    ),
    "sites_waived": (
        "sites", ["phase"], "Số điểm có kiểm tra được miễn", "Sites with a waived gate",
        "Số điểm có ít nhất một kiểm tra được người quản lý miễn và còn hiệu lực.",
        "Sites with at least one gate that a manager let pass, and that still counts.",
    ),
    "revisits_due": (
        "sites", ["phase"], "Số điểm đến hạn xem lại", "Sites due to be looked at again",
        "Số điểm đã công bố mà ngày xem lại đã qua.",
        "Published sites whose day to be looked at again has passed.",
    ),
    "deliverables": (
        "deliverables", ["state"], "Sản phẩm theo kết quả", "Deliverables by result",
        "Số sản phẩm đã nghiệm thu, đạt ngưỡng, không đạt, chưa đo (không kể điểm đã rút).",
        "Deliverables accepted, passed, failed or unmeasured; sites withdrawn are left out.",
    ),
    "models": (
        "models", [], "Số mô hình 3D", "3D models",
        "Số mô hình 3D trong các gói dữ liệu, theo lần đo gần nhất.",
        "3D models in the scene packages, as last measured.",
    ),
    "panoramas": (
        "panoramas", [], "Số ảnh toàn cảnh", "Panoramas",
        "Số ảnh toàn cảnh trong các gói dữ liệu, theo lần đo gần nhất.",
        "Panoramas in the scene packages, as last measured.",
    ),
    "point_clouds": (
        "point clouds", [], "Số đám mây điểm", "Point clouds",
        "Số đám mây điểm trong các gói dữ liệu, theo lần đo gần nhất.",
        "Point clouds in the scene packages, as last measured.",
    ),
    "hotspots": (
        "hotspots", [], "Số điểm thuyết minh", "Hotspots",
        "Số điểm thuyết minh trong các gói dữ liệu, theo lần đo gần nhất.",
        "Hotspots in the scene packages, as last measured.",
    ),
    "package_bytes": (
        "B", [], "Dung lượng các gói", "Bytes of packages",
        "Tổng dung lượng các gói dữ liệu, theo lần đo gần nhất.",
        "Bytes of all scene packages together, as last measured.",
    ),
    "published_models": (
        "models", [], "Số mô hình 3D đã công bố", "3D models published",
        "Số mô hình 3D của các điểm đã công bố.",
        "3D models of the sites that are published.",
    ),
    "published_panoramas": (
        "panoramas", [], "Số ảnh toàn cảnh đã công bố", "Panoramas published",
        "Số ảnh toàn cảnh của các điểm đã công bố.",
        "Panoramas of the sites that are published.",
    ),
    "published_bytes": (
        "B", [], "Dung lượng đã công bố", "Bytes published",
        "Tổng dung lượng gói dữ liệu của các điểm đã công bố.",
        "Bytes of the scene packages of the sites that are published.",
    ),
    "on_time_rate": (
        "1", ["state"], "Tỷ lệ đúng hạn", "On-time rate",
        "Tỷ lệ ngày kế hoạch được giữ, trên các ngày đã qua hoặc đã đạt; 1 là tất cả.",
        "Planned days that were kept, of those that have passed or were reached; 1 is all.",
    ),
    "on_time_of": (
        "days", ["state"], "Số mốc được tính", "Planned days counted",
        "Số ngày kế hoạch làm mẫu số của tỷ lệ đúng hạn.",
        "Planned days that the on-time rate is a share of.",
    ),
    "first_pass_rate": (
        "1", [], "Tỷ lệ đạt ngay lần đầu", "First-pass acceptance",
        "Tỷ lệ điểm chưa bị trả lại trước lần nghiệm thu đầu, trên các điểm từng nghiệm thu.",
        "Sites not returned before their first acceptance, of all ever accepted; 1 is all.",
    ),
    "first_pass_of": (
        "sites", [], "Số điểm được tính", "Sites counted",
        "Số điểm làm mẫu số của tỷ lệ đạt ngay lần đầu.",
        "Sites that first-pass acceptance is a share of.",
    ),
    "days_in_state_mean": (
        "days", ["state"], "Số ngày trung bình", "Mean days in a state",
        "Số ngày trung bình của các lần ở một trạng thái đã kết thúc.",
        "Mean length of the stays in a state that have ended.",
    ),
    "days_in_state_median": (
        "days", ["state"], "Số ngày trung vị", "Median days in a state",
        "Trung vị số ngày của các lần ở một trạng thái đã kết thúc.",
        "Median length of the stays in a state that have ended.",
    ),
    "stays_in_state": (
        "stays", ["state"], "Số lần được tính", "Stays counted",
        "Số lần ở một trạng thái đã kết thúc.",
        "Stays in a state that have ended.",
    ),
}  # fmt: skip


def kpi_meanings(text: Callable[[Mapping[str, str]], Text]) -> list[KpiMeaning]:
    """The dictionary, in the order of the figures; ``text`` chooses the languages."""
    return [
        KpiMeaning(
            name=name,
            unit=unit,
            by=by,
            title=text({"vi": title_vi, "en": title_en}),
            definition=text({"vi": vi, "en": en}),
        )
        for name, (unit, by, title_vi, title_en, vi, en) in MEANINGS.items()
    ]


def kpi_values(view: RolloutView) -> list[KpiValue]:
    """All figures, in the order of the dictionary."""
    found = list(_values(view))
    order = list(MEANINGS)
    return sorted(found, key=lambda value: order.index(value.name))  # stable


def _values(view: RolloutView) -> Iterator[KpiValue]:
    figures = view.figures
    for phase in (figures.total, *figures.phases):
        yield from _of_phase(phase, None if phase is figures.total else phase.id)
    for result, count in figures.deliverables.items():
        yield _value("deliverables", count, state=str(result))
    built, live = figures.holdings, figures.published_holdings
    yield _value("models", built.models)
    yield _value("panoramas", built.panoramas)
    yield _value("point_clouds", built.point_clouds)
    yield _value("hotspots", built.hotspots)
    yield _value("package_bytes", built.bytes)
    yield _value("published_models", live.models)
    yield _value("published_panoramas", live.panoramas)
    yield _value("published_bytes", live.bytes)
    yield _value("on_time_rate", figures.on_time.all.rate)
    yield _value("on_time_of", figures.on_time.all.of)
    for state, share in figures.on_time.by_state.items():
        yield _value("on_time_rate", share.rate, state=str(state))
        yield _value("on_time_of", share.of, state=str(state))
    yield _value("first_pass_rate", figures.first_pass.rate)
    yield _value("first_pass_of", figures.first_pass.of)
    for state, days in figures.days_in_state.items():
        yield _value("days_in_state_mean", days.mean, state=str(state))
        yield _value("days_in_state_median", days.median, state=str(state))
        yield _value("stays_in_state", days.stays, state=str(state))


def _of_phase(phase: PhaseFigures, named: str | None) -> Iterator[KpiValue]:
    yield _value("sites_expected", phase.expected, phase=named)
    yield _value("sites_listed", phase.listed, phase=named)
    for state in SiteState:
        yield _value("sites_in_state", phase.by_state.get(state, 0), phase=named, state=str(state))
    yield _value("sites_accepted", phase.accepted, phase=named)
    yield _value("sites_published", phase.published, phase=named)
    yield _value("sites_late", phase.late, phase=named)
    yield _value("sites_waived", phase.waived, phase=named)
    yield _value("revisits_due", phase.revisits_due, phase=named)


def _value(
    name: str, value: float | None, *, phase: str | None = None, state: str | None = None
) -> KpiValue:
    rounded = None if value is None else round(float(value), 4)
    return KpiValue(name=name, value=rounded, unit=MEANINGS[name][0], phase=phase, state=state)
