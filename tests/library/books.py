"""A small book of rules to build on disk, and ways to spoil it."""

from pathlib import Path

PARAMETERS = """\
parameters:
  late_months: {value: 6, unit: months, meaning: Late, basis: Project choice}
  recent: {value: 14, unit: days, meaning: Recent, basis: Project choice}
  severe: {value: 7, unit: '{score}', meaning: Severe, basis: Project choice}
  mild: {value: 3, unit: '{score}', meaning: Mild, basis: Project choice}
  hot: {value: 100.4, unit: degF, meaning: Hot, basis: Project choice}
  twice: {value: 2, unit: '1', meaning: Twice, basis: Project choice}
  half: {value: 1.5, unit: '1', meaning: One and a half, basis: Project choice}
"""

FACTS = """\
facts:
  adult_and_alive: {kind: presence, picker: adult, meaning: Living adult}
  alive: {kind: presence, picker: alive, meaning: Alive}
  lumbar_fusion: {kind: presence, picker: fusion, silence: no, meaning: Fusion}
  lumbar_fusion_dated: {kind: presence, picker: fusion, silence: no, meaning: Dated fusion}
  operation: {kind: date, picker: latest_date, meaning: Date of the operation}
  score: {kind: number, unit: '{score}', range: [0, 10], picker: latest, codes: [pain], meaning: Pain score}
  heat: {kind: number, unit: degF, range: [86, 113], picker: latest, undated: new, meaning: Temperature}
  foot_drop: {kind: presence, picker: present, codes: [foot-drop, weakness], undated: new, for_alarms: yes, meaning: Foot drop}
  label: {kind: presence, picker: present, undated: open, meaning: Label}
  history: {kind: presence, picker: present, undated: never, meaning: History}
  sites: {kind: words, words: [leg, back, buttock], picker: sites, meaning: Where it hurts}
  trend: {kind: presence, picker: trend, meaning: Trend,
    with: {fresh: $recent, low: $mild, side: left, strict: yes, factor: 1.5, window: 3 months, regions: [leg, back]}}
"""

ORDERS = """\
id: orders
title: Orders
purpose: Suggestions
codes:
  - {system: 'http://loinc.org', code: 24967-2, display: MR Lumbar spine, verified_by: loinc.org}
  - {system: 'http://loinc.org', code: 00000-0, verified_by: loinc.org}
"""

PAIN = """\
id: pain
title: Pain
purpose: Pain
codes:
  - {system: 'http://hl7.org/fhir/sid/icd-10-cm', code: M54, display: Dorsalgia, verified_by: icd, match: prefix, qualifier: back, note: n}
"""

FINDINGS = """\
id: local-findings
title: Findings
purpose: Our own codes
codes:
  - {system: 'https://example.org/findings', code: foot-drop, display: Foot drop, verified_by: project}
  - {system: 'https://example.org/findings', code: weakness, display: Weakness, verified_by: project}
  - {system: 'https://example.org/findings', code: other, display: Other, verified_by: project}
"""

REASONS = """\
id: override-reasons
title: Reasons
purpose: Why a card is set aside
codes:
  - {system: 'https://example.org/reasons', code: not-applicable, display: Not applicable, verified_by: project}
"""

HEAD = """\
rule: late-pain
version: 1.0.0
vocabulary: 1.0.0
status: active
effective: {from: 2000-01-01}
family: criteria
needs_index: yes
title: Late pain
changes: First version.
limits: Knows nothing of the cause.
hooks: [patient-view]
urgency: soon
evidence: {certainty: low, strength: conditional}
source_attributes: {citation: c, developer: d, funding: f, released: r, revised: r, race: not used, ethnicity: not used,
  language: not used, sexual_orientation: not used, gender_identity: not used, sex: not used, date_of_birth: not used,
  social_determinants: not used, health_status_assessments: not used}
"""

RULE = (
    HEAD
    + """\
citations:
  guide: {title: A guide, locator: Chapter 1}
  study: {title: A study, url: 'https://example.org/study', checked: yes}
criteria:
  late: {says: The operation was late, fact: operation, happened_at_least_ago: $late_months, because: guide}
  severe: {says: Pain is severe, fact: score, at_least: $severe, within: $recent, after_index: yes, because: study}
  drop: {says: A foot drops, fact: foot_drop, is: yes, within: $recent, after_index: not_before, if_unknown: no, because: guide}
  labelled: {says: A label stands, fact: label, is: yes, if_unknown: no, because: guide}
  sacral: {says: The buttock hurts, fact: sites, has_any_of: [buttock, leg], if_unknown: no, because: guide}
checks:
  seen: {says: The trend was seen, fact: trend, is: yes, open: trend not seen, needed_when: late, because: guide}
  cleared: {says: No alarm stands, family: alarm, answers: [yes, unknown], inverted: yes, open: alarms, because: guide}
ways:
  slow: {says: Late and severe, all: [late, severe], none: [labelled]}
  fast: {says: A foot drops, any: [drop], none: [labelled]}
card:
  indicator: info
  summary: '{score} of 10: pain is late'
  detail: Pain since {operation}; open - {outstanding}.
  variants:
    - {when: fast, indicator: warning, summary: A foot drops, urgency: same-day, detail: 'Look at {sites} soon.'}
  notes: [{when: sacral, text: 'Where: {sites}'}]
  suggestions:
    - {label: Order MRI, for: seen, elective: yes, recommended: yes,
       actions: [{create: ServiceRequest, code: 'http://loinc.org|24967-2', priority: urgent}]}
    - {label: Write, when: fast, unless: late, actions: [{create: CommunicationRequest, text: Please look}]}
  override_reasons: [not-applicable]
absorbs: [other-rule/part]
suppresses: [{family: stage, only: info}, {rule: third-rule, when: critical}, {rule: fourth-rule, when: fast}]
raised_by: {critical: [other-rule]}
tests:
  - {name: late and severe, given: {operation: 6 months ago, score: 7}, expect: fires, as: info, way: slow}
  - {name: a day short, given: {operation: 6 months less a day ago, score: 7}, expect: silent}
  - {name: not severe, given: {operation: 7 months ago, score: 6}, expect: silent}
  - {name: severe 14 days ago, given: {operation: 7 months ago, score: {value: 7, days_ago: 14}}, expect: fires}
  - {name: severe 15 days ago, given: {operation: 7 months ago, score: {value: 7, days_ago: 15}}, expect: silent}
  - {name: perhaps severe, given: {operation: 7 months ago, score: [6, 8]}, expect: cannot_tell}
  - {name: labelled, given: {operation: 7 months ago, score: 7, label: yes}, expect: silent}
  - {name: a foot drops, given: {operation: 1 days ago, foot_drop: {is: yes, days_ago: 14}, sites: [leg]},
     expect: fires, as: warning, way: fast}
  - {name: a foot dropped, given: {operation: 1 days ago, foot_drop: {is: yes, days_ago: 15}, sites: [back]}, expect: silent}
  - {name: raised, given: {operation: 6 months ago, score: 7, rules: {other-rule: yes}}, expect: fires, as: critical}
"""
)

SMALL = (
    HEAD.replace("late-pain", "other-rule").replace("family: criteria", "family: alarm\nconcern: a lesion\ntime_critical: yes")
    + """\
citations: {guide: {title: A guide}}
criteria:
  hot: {says: Hot, fact: heat, more_than: $hot, because: guide}
ways:
  part: {says: Hot, all: [hot]}
tests:
  - {name: hot, given: {heat: 100.5}, expect: fires}
  - {name: not hot, given: {heat: 100.4}, expect: silent}
"""
)

FILES = {
    "README.md": "# Rules\n",
    "vocabulary/1.0.0/parameters.yaml": PARAMETERS,
    "vocabulary/1.0.0/facts.yaml": FACTS,
    "vocabulary/1.0.0/valuesets/orders.yaml": ORDERS,
    "vocabulary/1.0.0/valuesets/pain.yaml": PAIN,
    "vocabulary/1.0.0/valuesets/local-findings.yaml": FINDINGS,
    "vocabulary/1.0.0/valuesets/override-reasons.yaml": REASONS,
    "late-pain/1.0.0.yaml": RULE,
    "late-pain/README.md": "# Late pain\n",
    "other-rule/1.0.0.yaml": SMALL,
}
MAIN = "late-pain/1.0.0.yaml"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files under `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def spoil(root: Path, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file, which must hold it."""
    text = (root / file).read_text()
    assert old in text, f"{file} does not hold {old!r}"
    (root / file).write_text(text.replace(old, new, 1))
