"""Every way of making a fact, by the name facts.yaml calls it. Rules compare facts; a picker takes its thresholds from facts.yaml."""

from collections.abc import Callable

from service.engine.facts import Item
from service.engine.vocabulary import FactSpec
from service.fhir.pickers import data, infection, motor, numbers, pain, population, presence, sij, trends, words, workup
from service.fhir.scene import Scene

Picker = Callable[[Scene, FactSpec], list[Item]]

PICKERS: dict[str, Picker] = {
    "adult": population.adult,
    "alive": population.alive,
    "fusion_on_record": population.fusion_on_record,
    "fusion_dated": population.fusion_dated,
    "fusion_date_missing": population.fusion_date_missing,
    "fusion_stage_unsettled": population.fusion_stage_unsettled,
    "index_date": population.index_date,
    "last_operation": population.last_operation,
    "index_age": population.index_age,
    "fused_to_sacrum": population.fused_to_sacrum,
    "present": presence.present,
    "readings": numbers.readings,
    "latest": numbers.latest,
    "motor_alarm": motor.motor_alarm,
    "motor_slow_fall": motor.motor_slow_fall,
    "motor_both_sides": motor.motor_both_sides,
    "fever_uncleared": infection.fever_uncleared,
    "temperature_suspect": infection.temperature_suspect,
    "crp_settled": infection.crp_settled,
    "crp_second_rise": infection.crp_second_rise,
    "pain_persistent": pain.pain_persistent,
    "pain_limiting": pain.pain_limiting,
    "last_pain": pain.last_pain,
    "pain_current": pain.pain_current,
    "region_pain": pain.region_pain,
    "buttock_pain": pain.buttock_pain,
    "pain_worse_early": trends.pain_worse_early,
    "pain_improved_since_day_14": trends.pain_improved_since_day_14,
    "pain_improving": trends.pain_improving,
    "pain_improved_since_week_6": trends.pain_improved_since_week_6,
    "pain_never_relieved": trends.pain_never_relieved,
    "pain_relieved_then_returned": trends.pain_relieved_then_returned,
    "pain_trend_known": trends.pain_trend_known,
    "excluded_infection": workup.excluded_infection,
    "imaging_done": workup.imaging_done,
    "excluded_piriformis": workup.excluded_piriformis,
    "excluded_si_joint": sij.excluded_si_joint,
    "sij_tests_positive": sij.sij_tests_positive,
    "sij_tests_done": sij.sij_tests_done,
    "sij_cleared": sij.sij_cleared,
    "words_held": words.words_held,
    "unit_problem": data.unit_problem,
    "lookup_incomplete": data.lookup_incomplete,
    "told_by_engine": data.told_by_engine,
}
