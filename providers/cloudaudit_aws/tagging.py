"""Tags of many resources at once, for services that otherwise tell them one by one."""

from __future__ import annotations

from cloudaudit.sources.live.shape import Condition, Source, Tags
from cloudaudit.sources.live.table import Detail, Lookup


def tags_of_many(kind: str, arn: Source, singly: Detail, when: Condition | None = None) -> Lookup:
    """The tags of all resources of a kind in a region, a hundred a page. A kind is what stands in their ARNs: a bucket's has no type.

    An answer that is whole names every resource that has a tag or ever had one, of a region: what it does not name in its own
    region was never tagged. It says nothing of other regions, and half of it nothing of anything: then each resource is asked.
    It can be minutes behind. Nothing is judged by the tags of what is looked up here: they tell a report whose it is, no more.

    Source: Resource Groups Tagging API, GetResources (ResourceTypeFilters, TagFilters, PaginationToken).
    """
    return Lookup(
        "resourcegroupstaggingapi:GetResources",
        each="ResourceTagMappingList",
        key="ResourceARN",
        match=arn,
        values={"tags": Tags("Tags")},
        args={"ResourceTypeFilters": [kind], "ResourcesPerPage": 100},
        when=when,
        singly=singly,
    )
