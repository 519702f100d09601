"""What an operator may set for billing: ANTIPHON_BILLING_* variables."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Leases, batches and reservations."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_BILLING_", frozen=True)

    groups: int = Field(1, description="leases over which the 64 partitions are spread; more share work", ge=1, le=64)
    linger_ms: float = Field(3.0, description="how long a commit waits for company", ge=0, le=100)
    batch: int = Field(500, description="most operations in one transaction", ge=1, le=2_000)
    writers: int = Field(2, description="of a group: one decides while another's transaction is stored", ge=1, le=16)
    remembered: int = Field(20_000, description="what a writer remembers: holds, entries, calls; 1.5 KB each", ge=0)
    quota_seconds: int = Field(60, description="talk that one reservation pays", ge=1, le=3_600)
    margin_seconds: int = Field(15, description="how long before its end a reservation is to be extended", ge=0)
    sweep_seconds: float = Field(5.0, description="pause between two looks for days and reservations", gt=0)
    control_seconds: float = Field(2.0, description="pause between two looks at records, tallies and postings", gt=0)
    switch_keys: SecretStr = Field(SecretStr("{}"), description="keys of seals, JSON: switch → key; media has none")
    agree_seconds: float = Field(600.0, description="pause between two comparisons of what is charged and in use", gt=0)
    provider_url: str = Field("", description="payment provider's API; empty: no cards are taken")
    provider_secret: SecretStr = Field(SecretStr(""), description="bearer of that API, and key of its webhooks")
    seller: str = Field("", description="who sells, on documents: JSON with name, tax_id, address, bank")
    seller_pays_vat: bool = Field(True, description="prices include VAT; else documents say that there is none")
    smtp_host: str = Field("", description="where documents and notices are mailed from; empty: nothing is mailed")
    smtp_port: int = Field(25, ge=1, le=65535)
    smtp_user: str = Field("", description="empty: no authentication")
    smtp_password: SecretStr = Field(SecretStr(""))
    smtp_starttls: bool = Field(False)
    mail_from: str = Field("billing@antiphon.local", description="sender of mails")
