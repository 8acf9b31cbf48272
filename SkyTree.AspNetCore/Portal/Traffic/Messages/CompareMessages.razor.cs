using Microsoft.AspNetCore.Components;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>In what two stored messages differ.</summary>
public sealed partial class CompareMessages
{
    private IReadOnlyList<Crumb> _crumbs = [];
    private MessageComparison? _comparison;
    private (long?, long?)? _shown;
    private string? _failure;

    [SupplyParameterFromQuery(Name = "left")]
    private long? Left { get; set; }

    [SupplyParameterFromQuery(Name = "right")]
    private long? Right { get; set; }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        _crumbs = [new Crumb(L["Messages.Title"], "messages")];
        if (_shown != (Left, Right))
        {
            _shown = (Left, Right);
            await LoadAsync();
        }
    }

    private async Task LoadAsync()
    {
        (_comparison, _failure) = (null, null);
        if (Left is not { } left || Right is not { } right)
        {
            return;
        }

        try
        {
            _comparison = MessageComparison.Of(
                await Broker.Admin.Messages.GetAsync(Caller, left, Gone),
                await Broker.Admin.Messages.GetAsync(Caller, right, Gone));
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }
}
