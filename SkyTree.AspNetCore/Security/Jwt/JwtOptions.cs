using System.ComponentModel.DataAnnotations;

namespace SkyTree.AspNetCore.Security.Jwt;

/// <summary>JSON Web Tokens that clients give as their password (<c>SkyTree:Authentication:Jwt</c>).</summary>
internal sealed record JwtOptions
{
    /// <summary>A file with the key: a PEM public key or certificate, a JSON Web Key Set, or else a secret of 32 bytes or more.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>Instead, the address of a JSON Web Key Set, https unless it is this machine's.</summary>
    public string JwksUrl { get; init; } = "";

    /// <summary>Seconds after which the key set is fetched again, 10 to 86,400.</summary>
    [Range(10, 86_400)]
    public int RefreshSeconds { get; init; } = 300;

    /// <summary>Who must have issued the token.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>For whom it must have been issued.</summary>
    public string Audience { get; init; } = "";

    /// <summary>Seconds by which clocks may differ, 0 to 300.</summary>
    [Range(0, 300)]
    public int ClockSkewSeconds { get; init; } = 30;

    /// <summary>The claim that names the user.</summary>
    public string UserNameClaim { get; init; } = "sub";

    /// <summary>A claim that the client identifier must equal; empty: none.</summary>
    public string ClientIdClaim { get; init; } = "";

    /// <summary>The claim with the user's groups, a text or a list of them.</summary>
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>The claim with what the client may do: <c>{"pub":["a/#"],"sub":[…],"all":[…]}</c>; with it, nothing else is permitted.</summary>
    public string AclClaim { get; init; } = "acl";
}
