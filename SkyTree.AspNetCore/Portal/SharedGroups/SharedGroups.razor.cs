using Microsoft.AspNetCore.Components;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Subscriptions;

namespace SkyTree.AspNetCore.Portal.SharedGroups;

/// <summary>Shared groups, and how far each has come.</summary>
public sealed partial class SharedGroups
{
    private KeysetGrid<SharedGroupItem>? _grid;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "group")]
    private string? Group { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized() => OnPulse(_ => _grid?.ReloadAsync() ?? Task.CompletedTask, every: 3);

    private async ValueTask<Page<SharedGroupItem>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        await Broker.Admin.Subscriptions.ListGroupsAsync(Caller, string.IsNullOrEmpty(Group) ? null : Group, request.After, request.Limit, cancellationToken);
}
