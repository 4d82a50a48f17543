"""Where badges' public documents live. Signed documents name these addresses, so they can never move."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses under one city's `public_url`, which has no slash at its end."""

    public_url: str

    def achievement(self, achievement: str, version: int) -> str:
        """One immutable version of an achievement."""
        return f"{self.public_url}/achievements/{achievement}/{version}"

    def picture(self, achievement: str, version: int) -> str:
        """The picture of that version, a PNG."""
        return f"{self.achievement(achievement, version)}/image.png"

    def credential(self, capability: str) -> str:
        """A credential; whoever knows the 128 random bits of `capability` holds the badge."""
        return f"{self.public_url}/credentials/{capability}"

    def issuer(self, organisation: str) -> str:
        """An organisation's profile; its DID document stands below it."""
        return f"{self.public_url}/issuers/{organisation}"

    def status_list(self, organisation: str, number: int) -> str:
        """The organisation's status list of that number, counted from 1."""
        return f"{self.public_url}/status/{organisation}/{number}"

    def endorsement(self, capability: str) -> str:
        """A signed endorsement."""
        return f"{self.public_url}/endorsements/{capability}"

    @property
    def skills(self) -> str:
        """What the address of every skill of the city's own begins with."""
        return f"{self.public_url}/skills/"

    def key(self, name: str) -> str:
        """A public key for JSON Web Tokens, by its thumbprint."""
        return f"{self.public_url}/keys/{name}"

    def assertion(self, assertion: str) -> str:
        """An award as Open Badges 2.0; 128 random bits, other than the credential's."""
        return f"{self.public_url}/ob2/assertions/{assertion}"

    def badge_class(self, achievement: str, version: int) -> str:
        """One version of an achievement as Open Badges 2.0."""
        return f"{self.public_url}/ob2/badges/{achievement}/{version}"

    def hosted_issuer(self, organisation: str) -> str:
        """An organisation's profile as Open Badges 2.0."""
        return f"{self.public_url}/ob2/issuers/{organisation}"
