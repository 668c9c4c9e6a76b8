"""The routers of the pages, the one that serves their files first."""

from api.pages import (
    account,
    audit_page,
    changes_page,
    diff_page,
    docs_page,
    fact_page,
    incident_list,
    incident_page,
    lists,
    log_page,
    position_asked,
    search_page,
    source_list,
    source_page,
    statics,
)
from api.pages.desk import amending, upon_facts, upon_sources

__all__ = ["PAGES"]

PAGES = (
    statics.router,
    account.router,
    docs_page.router,
    incident_list.router,
    lists.router,
    source_list.router,
    search_page.router,
    log_page.router,
    upon_facts.router,
    upon_sources.router,
    amending.router,
    position_asked.router,
    audit_page.router,
    changes_page.router,
    fact_page.router,
    incident_page.router,
    diff_page.router,
    source_page.router,
)
