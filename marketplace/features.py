"""The list of features: each one's blueprint, registered once."""

from __future__ import annotations

from flask import Flask

from marketplace import chores, todo
from marketplace.accounts.routes import bp as accounts
from marketplace.agreements import alerts as agreement_alerts
from marketplace.agreements import todo as agreements_todo
from marketplace.agreements.routes import bp as agreements
from marketplace.alerts import services as alert_services
from marketplace.alerts.routes import bp as alerts
from marketplace.appeals import todo as appeals_todo
from marketplace.appeals.routes import bp as appeals
from marketplace.applications import todo as applications_todo
from marketplace.applications.routes import bp as applications
from marketplace.capacities import contention as capacity_contention
from marketplace.capacities import holders
from marketplace.capacities import todo as capacities_todo
from marketplace.capacities.routes import bp as capacities
from marketplace.conflicts.routes import bp as conflicts
from marketplace.coordination import todo as coordination_todo
from marketplace.coordination.contribution_routes import bp as contribution
from marketplace.coordination.decision_routes import bp as decision
from marketplace.coordination.preassigned_routes import bp as preassigned
from marketplace.coordination.reminder_routes import bp as reminders
from marketplace.coordination.routes import bp as coordination
from marketplace.coordination.statistics_routes import bp as statistics
from marketplace.coordination.supersede_routes import bp as supersession
from marketplace.couples import services as couples_services
from marketplace.couples import todo as couples_todo
from marketplace.couples.routes import bp as couples
from marketplace.directory import index as directory_index
from marketplace.directory.routes import bp as directory
from marketplace.eligibility import pages as eligibility_pages
from marketplace.eligibility import placed
from marketplace.enrolment import todo as enrolment_todo
from marketplace.enrolment.course_routes import bp as courses
from marketplace.enrolment.returned_routes import bp as returned
from marketplace.enrolment.routes import bp as schools
from marketplace.forecasts import services as forecasts
from marketplace.forecasts.routes import bp as forecast_pages
from marketplace.gaps import todo as gaps_todo
from marketplace.gaps import warnings as gap_warnings
from marketplace.gaps.routes import bp as gaps
from marketplace.guests import asking as guest_asking
from marketplace.guests import invitations as guest_links
from marketplace.guests import todo as guests_todo
from marketplace.guests.routes import bp as guests
from marketplace.home import navigation, style
from marketplace.home.routes import bp as home
from marketplace.hosting import todo as hosting_todo
from marketplace.hosting.routes import bp as facilities
from marketplace.hosting.slot_routes import bp as posting
from marketplace.identity import merge_routes
from marketplace.imports import services as imports_services
from marketplace.imports import todo as imports_todo
from marketplace.imports.routes import bp as imports
from marketplace.invitations.routes import bp as invitations
from marketplace.mail import digests
from marketplace.messages import todo as messages_todo
from marketplace.messages.routes import bp as messages
from marketplace.moderation import todo as moderation_todo
from marketplace.moderation.routes import bp as moderation
from marketplace.operators import todo as operators_todo
from marketplace.operators.routes import bp as operators
from marketplace.operators.sent_mail import bp as mail
from marketplace.placements import clearing
from marketplace.placements import pages as placement_pages
from marketplace.placements import queries as placements
from marketplace.placements import reminders as placement_reminders
from marketplace.placements import todo as placements_todo
from marketplace.privacy.routes import bp as privacy
from marketplace.proposals import todo as proposals_todo
from marketplace.proposals.routes import bp as proposals
from marketplace.rankings import todo as rankings_todo
from marketplace.rankings.conflict_routes import bp as applicant_conflicts
from marketplace.rankings.facility_routes import bp as applicants
from marketplace.rankings.routes import bp as rankings
from marketplace.reports import todo as reports_todo
from marketplace.reports.routes import bp as reports
from marketplace.requirements import reminders as requirement_reminders
from marketplace.requirements import todo as requirements_todo
from marketplace.requirements.routes import bp as requirements
from marketplace.results import todo as results_todo
from marketplace.results.routes import bp as results
from marketplace.rounds import contention, slot_changes
from marketplace.rounds import policies as round_policies
from marketplace.rounds.routes import bp as rounds
from marketplace.slots import map_routes as slot_map
from marketplace.slots import policies as slot_policies
from marketplace.slots import search as slot_search
from marketplace.slots.routes import bp as slots
from marketplace.students import todo as students_todo
from marketplace.students.credential_routes import bp as credentials
from marketplace.students.routes import bp as students

BLUEPRINTS = (
    merge_routes.bp,
    moderation,
    facilities,
    posting,
    guests,
    schools,
    courses,
    credentials,
    returned,
    imports,
    operators,
    mail,
    home,
    accounts,
    invitations,
    rounds,
    capacities,
    applications,
    rankings,
    couples,
    applicants,
    applicant_conflicts,
    agreements,
    gaps,
    requirements,
    conflicts,
    coordination,
    statistics,
    contribution,
    forecast_pages,
    decision,
    supersession,
    preassigned,
    reminders,
    results,
    placement_pages.bp,
    appeals,
    messages,
    reports,
    privacy,
    proposals,
    slots,
    slot_map.bp,
    alerts,
    directory,
    students,
)
TODO = (
    students_todo.contribute,
    applications_todo.contribute,
    couples_todo.contribute,
    rankings_todo.contribute,
    results_todo.contribute,
    placements_todo.contribute,
    appeals_todo.contribute,
    reports_todo.contribute,
    messages_todo.contribute,
    proposals_todo.contribute,
    coordination_todo.contribute,
    capacities_todo.contribute,
    gaps_todo.contribute,
    agreements_todo.contribute,
    requirements_todo.contribute,
    operators_todo.contribute,
    hosting_todo.contribute,
    imports_todo.contribute,
    enrolment_todo.contribute,
    moderation_todo.contribute,
    guests_todo.contribute,
)
#: What the nightly job does apart from rounds.
CHORES = (
    forecasts.make_due,
    slot_search.index_outdated,
    directory_index.put_missing,
    imports_services.forget_expired,
    guest_links.send_due,
    guest_asking.send_due,
    alert_services.send_due,
    agreement_alerts.send,
    gap_warnings.send,
    couples_services.end_left,
    requirement_reminders.send,
    placement_reminders.send,
    digests.send,
    clearing.settle_due,
)


def register_features(app: Flask) -> None:
    """Register every feature's routes and the navigation they share."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.config["STYLE_PAGE"]:
        app.register_blueprint(style.bp)
    slot_policies.register_holds(app, round_policies.holds_on)
    slot_policies.register_holds(app, placements.holds_on)
    slot_policies.register_terms(app, slot_changes.publish)
    contention.register(app, capacity_contention.CONTENTION)
    placed.register(app, placements)
    holders.register(app, placements.number_in)
    eligibility_pages.init_app(app)
    navigation.init_app(app)
    todo.register(app, *TODO)
    chores.register(app, *CHORES)
