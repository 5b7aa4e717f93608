"""Pages, their pictures and their documents."""

from knowledge.models.media import Figure, Paper, Rendition, Use
from knowledge.models.pages import Article, KnowledgeIndex, Page, Section

__all__ = ["Article", "Figure", "KnowledgeIndex", "Page", "Paper", "Rendition", "Section", "Use"]
