"""Whose credentials sign the calls: where they come from, and what is said when they cannot be had. Nothing that is secret is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from cloudaudit.model import Why
from cloudaudit.sources.live.transport import CallError
from cloudaudit_aws.errors import one_line
from cloudaudit_aws.sdk_parsers import parser_factory

ROLE = "sts:AssumeRole"


class NoCredentials(Exception):  # noqa: N818  (the fact, which the command line tells in one line)
    """Nothing on this machine says which credentials to use: a matter of how it is called or configured."""


class SdkMissing(NoCredentials):
    """The SDK is an extra, and is not installed, or too old."""


class ProviderFailed(NoCredentials):
    """What this machine is configured with to give credentials gives none now. `remedy` is what a person can do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy or "renew the credentials and scan again"


def opened(profile: str | None, *, emulated: bool) -> Any:
    """A botocore session with credentials. An emulator gets throw-away ones; real ones are not looked for then.

    Raises:
        ProviderFailed: what should provide them does not.
        NoCredentials: nothing on this machine provides any.
    """
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise SdkMissing("reading AWS needs boto3: pip install 'cloudaudit[aws]'") from None
    session = made(profile)
    try:
        if emulated:
            session.set_credentials("emulated", "emulated")
            return session
        resolver = session.get_component("credential_provider")
        resolver.providers = [_Provider(provider, session.profile) for provider in resolver.providers]
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentials("no AWS credentials were found: set AWS_PROFILE, or use --profile, or log in")
        _are_whole(credentials)
    except BotoCoreError as error:
        told = trouble(error, session.profile)
        raise (told if told is not None else NoCredentials(one_line(str(error)))) from None
    except ClientError as error:
        code = one_line(str(error.response.get("Error", {}).get("Code")))
        raise ProviderFailed(f"the credentials cannot be had: {error.operation_name} was refused ({code})") from None
    return session


def _are_whole(credentials: Any) -> None:
    """Raises ProviderFailed for what no header can carry: a line break that was copied along. What is fetched later is not looked at."""
    from botocore.credentials import RefreshableCredentials

    if isinstance(credentials, RefreshableCredentials):
        return
    parts = (credentials.access_key, credentials.secret_key, credentials.token)
    if any(part and any(char.isspace() for char in part) for part in parts):
        told = f"the credentials of the credential provider {credentials.method} hold a space or a line break"
        raise ProviderFailed(told, "set the credentials anew, without it")


def made(profile: str | None) -> Any:
    """A botocore session without anything of its own but the descriptions of the APIs, and how answers are parsed."""
    from botocore.session import Session

    session = Session(profile=profile)
    session.register_component("data_loader", _loader())
    session.register_component("response_parser_factory", parser_factory())
    return session


@cache
def _loader() -> Any:
    """The API descriptions, which every session would else read again: 10 MB each."""
    from botocore.loaders import create_loader

    return create_loader()


class _Provider:
    """A credential provider of the SDK, whose failures say which it is and never what it was given or put out.

    It runs what the machine is configured with (helpers, files, endpoints) and lets their errors through as they come. The
    SDK's own errors about the network or an answer with a code stay: the transport knows them.
    """

    def __init__(self, provider: Any, profile: str | None) -> None:
        self.METHOD, self.CANONICAL_NAME = provider.METHOD, provider.CANONICAL_NAME
        self._provider = provider
        self._profile = profile
        if hasattr(provider, "_prompter"):
            provider._prompter = _prompted  # noqa: SLF001  (the SDK's own would ask where nobody is, and say so in four lines)

    def load(self) -> Any:
        credentials = self._told(self._provider.load)
        if credentials is not None:  # some are fetched, or fetched again, only when a call is signed
            credentials.get_frozen_credentials = partial(self._told, credentials.get_frozen_credentials)
        return credentials

    def _told(self, work: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, MetadataRetrievalError

        failed = f"the credential provider {self.METHOD} failed"
        try:
            return work()
        except (CredentialRetrievalError, MetadataRetrievalError):
            raise ProviderFailed(failed) from None
        except (BotoCoreError, ClientError):
            raise
        except EOFError:
            remedy = f'in a terminal: eval "$(aws configure export-credentials{_named(self._profile)} --format env)", and scan from there'
            raise ProviderFailed("a one-time code (MFA) is needed, and there is no terminal to ask for it", remedy) from None
        except OSError as error:
            reason = f"{error.strerror or type(error).__name__}{f': {error.filename}' if error.filename else ''}"
            raise ProviderFailed(one_line(f"{failed}: {reason}")) from None
        except Exception as error:  # noqa: BLE001  (a provider runs what a person has configured)
            raise ProviderFailed(f"{failed} ({type(error).__name__})") from None


def _prompted(text: str) -> str:
    """A person's answer. Raises EOFError where there is no person."""
    import getpass

    try:
        os.close(os.open("/dev/tty", os.O_RDWR | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        if not (sys.stdin and sys.stdin.isatty()):
            raise EOFError from None
    return getpass.getpass(text)


def _named(profile: str | None) -> str:
    return f" --profile {profile}" if profile else ""


def trouble(error: Exception, profile: str | None) -> ProviderFailed | None:
    """What an error of the SDK says about the credentials, in our words; None if it is about something else."""
    from botocore import exceptions

    if isinstance(error, ProviderFailed):
        return error
    if isinstance(error, exceptions.SSOError | exceptions.TokenRetrievalError | exceptions.NoAuthTokenError):
        return ProviderFailed("the SSO session has expired, or nobody has logged in", f"aws sso login{_named(profile)}")
    if isinstance(error, _login_error()):
        return ProviderFailed("the login session has expired, or nobody has logged in", f"aws login{_named(profile)}")
    if isinstance(error, exceptions.RefreshWithMFAUnsupportedError):
        return ProviderFailed("the credentials have expired, and a one-time code (MFA) is needed for others", "scan again")
    if isinstance(error, exceptions.CredentialRetrievalError | exceptions.MetadataRetrievalError | exceptions.NoCredentialsError):
        return ProviderFailed(f"no valid credentials ({type(error).__name__})")
    return None


@cache
def _login_error() -> type[Exception]:
    """What `aws login` needs, in an SDK that has it; else an error that nothing raises."""
    from botocore import exceptions

    found: type[Exception] = getattr(exceptions, "LoginError", SdkMissing)
    return found


def renewal(session: Any) -> str:
    """The command that renews the credentials of a session."""
    method = str(getattr(session.get_credentials(), "method", ""))
    if method.startswith("sso"):
        return f"aws sso login{_named(session.profile)}"
    if method == "login":
        return f"aws login{_named(session.profile)}"
    if method == "env":
        return (
            "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew; `aws sts get-caller-identity` shows whether they work"
        )
    return f"renew the credentials; `aws sts get-caller-identity{_named(session.profile)}` shows whether they work"


def wish(role_arn: str, external_id: str | None) -> dict[str, str]:
    """The arguments of the call that assumes a role."""
    return {"RoleArn": role_arn, "RoleSessionName": "cloudaudit"} | ({"ExternalId": external_id} if external_id else {})


def session_of(answer: Mapping[str, Any], profile: str | None) -> Any:
    """A session with the credentials of a role, configured as the profile says. They last an hour, longer than a scan's deadline.

    Raises:
        CallError: the answer holds none.
    """
    keys = answer.get("Credentials")
    told = [keys.get(name) if isinstance(keys, Mapping) else None for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    if not all(isinstance(part, str) and part for part in told):
        raise CallError(Why.UNSUPPORTED, ROLE, message="the answer holds no credentials")
    session = made(profile)
    session.set_credentials(*told)
    return session
