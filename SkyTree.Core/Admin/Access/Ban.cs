namespace SkyTree.Core.Admin.Access;

/// <summary>Somebody who is kept out: whoever fits all that is set.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="ClientId">A client identifier, in which <c>*</c> stands for anything; null: any.</param>
/// <param name="UserName">A user name, in which <c>*</c> stands for anything; null: any or none.</param>
/// <param name="Address">An address, or a network such as <c>10.0.0.0/8</c>; null: any.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="ExpiresAt">When it ends; null: never.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="Version">Rises with each change.</param>
public sealed record Ban(
    string Id, string? ClientId, string? UserName, string? Address, string Reason, DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt, string CreatedBy, long Version);
