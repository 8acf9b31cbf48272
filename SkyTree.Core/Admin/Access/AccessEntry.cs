using SkyTree.Core.Security.Access;

namespace SkyTree.Core.Admin.Access;

/// <summary>A rule with its place among the others.</summary>
/// <param name="Id">Its identifier: 1 to 64 letters, digits and <c>. _ -</c>.</param>
/// <param name="Order">Its place, 0 to 1,000,000,000: lower ones are asked first; of equal ones the lower identifier.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Comment">What it is for, at most 1,024 characters.</param>
/// <param name="IsDisabled">Whether it is passed over.</param>
/// <param name="Version">Rises with each change; set by the broker.</param>
public sealed record AccessEntry(string Id, int Order, AccessRule Rule, string Comment = "", bool IsDisabled = false, long Version = 0);

/// <summary>What would be decided.</summary>
/// <param name="Allowed">Whether it would be permitted.</param>
/// <param name="RuleId">By which rule; null: no rule fits, or the topic is the broker's own.</param>
public sealed record AccessDecision(bool Allowed, string? RuleId);
