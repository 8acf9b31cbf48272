using System.Net;
using SkyTree.Core.Registry;

namespace SkyTree.Core.Security;

/// <summary>A ban as it is kept: who fits all that is said is kept out.</summary>
internal sealed record BanContent
{
    public string? ClientId { get; init; }

    public string? UserName { get; init; }

    public string? Address { get; init; }

    public string Reason { get; init; } = "";

    public long? ExpiresAtMs { get; init; }

    public long CreatedAtMs { get; init; }

    public string CreatedBy { get; init; } = "";

    public static BanContent Of(RegistryEntry entry) => entry.Read(RegistryJson.Decode<BanContent>);

    public bool Fits(ClientIdentity client, IPAddress? address) =>
        (ClientId is not null || UserName is not null || Address is not null)
        && (ClientId is null || NamePattern.Fits(ClientId, client.ClientId))
        && (UserName is null || (client.UserName is { } name && NamePattern.Fits(UserName, name)))
        && (Address is null || (address is not null && AddressRange.TryParse(Address, out IPNetwork network) && network.Contains(address)));
}
