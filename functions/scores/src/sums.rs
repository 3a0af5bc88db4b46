//! `GET /score/sums`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Code, DayView, MonthView, Refusal, RollingView, SumsAnswer};
use sluice_lambda::http::{Scope, caller, internal, parameter, parsed_parameter};
use sluice_scores::{DaySum, Month, MonthRange, MonthSums};

use crate::{Scores, check_length};

/// Months that can be asked for at a time.
const MOST_MONTHS: u32 = 36;

impl Scores {
    /// The sums of a member's months.
    pub(crate) async fn sums(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<SumsAnswer, Refusal> {
        let station = caller(request, Scope::Read)?;
        let missing = |name: &str| Refusal::bad_input(format!("{name}: is missing"));
        let member_no = parameter(request, "member_no").ok_or_else(|| missing("member_no"))?;
        check_length(&member_no)?;
        let month = |name: &str| -> Result<Month, Refusal> {
            parsed_parameter(request, name)?.ok_or_else(|| missing(name))
        };
        let asked = MonthRange::new(month("from")?, month("to")?, MOST_MONTHS);
        let asked = asked.map_err(|error| Refusal::bad_input(error.to_string()))?;
        let rolling = MonthRange::rolling(asked.to);
        let read = MonthRange {
            from: asked.from.min(rolling.from),
            to: asked.to,
        };
        let sums = self.sums.of_member(&station, &member_no, read).await;
        let sums = sums.map_err(internal)?;
        if sums.is_empty() {
            let members = &self.tables.members;
            let is_known = self.members.has(&station, members, &member_no).await;
            if !is_known.map_err(internal)? {
                let msg = "there is no such member in this station, and no entry of one";
                return Err(Refusal::new(Code::NotFound, msg));
            }
        }
        let none = MonthSums::default();
        let of = |month: Month| sums.get(&month).unwrap_or(&none);
        let mut total = DaySum::default();
        for month in rolling.months() {
            let sum = of(month).total();
            total.points += &sum.points;
            total.entries += sum.entries;
        }
        Ok(SumsAnswer {
            months: asked.months().map(|month| view(month, of(month))).collect(),
            rolling: RollingView {
                from: rolling.from,
                to: rolling.to,
                points: total.points,
                entries: total.entries,
            },
            member_no,
        })
    }
}

fn view(month: Month, sums: &MonthSums) -> MonthView {
    let total = sums.total();
    let days = sums.days().map(|(day, sum)| DayView {
        day: day.unsigned_abs(),
        points: sum.points.clone(),
        entries: sum.entries,
    });
    MonthView {
        month,
        points: total.points,
        entries: total.entries,
        days: days.collect(),
    }
}
